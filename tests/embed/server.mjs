// Serves the package and the pages that use it, compressed, each folder under the policy it is tested with.
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");
const STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const FOLDERS = [
  // A page of opaque origin needs leave to fetch modules.
  { at: "/pkg/", folder: `${root}/target/npm/dm-cache-lab`, headers: { "Access-Control-Allow-Origin": "*" } },
  { at: "/mkdocs/", folder: `${root}/target/embed/mkdocs` },
  { at: "/react/", folder: `${root}/target/embed/react/dist` },
  { at: "/vite/", folder: `${root}/target/embed/vite/dist`, headers: { "Content-Security-Policy": STRICT } },
  { at: "/nowasm/", folder: `${here}/pages`, headers: { "Content-Security-Policy": "default-src 'self'" } },
  { at: "/open/", folder: `${here}/pages` },
  { at: "/", folder: `${here}/pages`, headers: { "Content-Security-Policy": STRICT } },
];
const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
  ".wasm": "application/wasm", ".txt": "text/plain; charset=utf-8", ".dml": "text/plain; charset=utf-8", ".json": "application/json",
};
const packed = new Map();
const AWAY = Number(process.argv[2] ?? 8090) + 1;

/** Addresses where a script might be, and is not as it seems. */
const ODD = {
  "/away.dml": (response) => response.writeHead(302, { Location: `http://127.0.0.1:${AWAY}/own.dml` }).end(),
  "/moved.dml": (response) => response.writeHead(301, { Location: "/own.dml" }).end(),
  "/latin.dml": (response) => response.writeHead(200, { "Content-Type": "text/plain" }).end(Buffer.from("# caf\xe9\n$ echo a\n", "latin1")),
  // Goes on for as long as it is read, and tells how much that was.
  "/endless.dml": (response) => {
    const line = Buffer.from("# an endless script\n".repeat(1000));
    const write = () => { while (response.write(line)) sent += line.length; };
    response.writeHead(200, { "Content-Type": "text/plain" });
    response.on("drain", write);
    write();
  },
  "/endless/sent": (response) => response.writeHead(200, { "Content-Type": "text/plain" }).end(String(sent)),
};
let sent = 0;

function compressed(file, encoding) {
  const key = `${encoding} ${file} ${statSync(file).mtimeMs}`;
  if (!packed.has(key)) packed.set(key, (encoding === "br" ? brotliCompressSync : gzipSync)(readFileSync(file)));
  return packed.get(key);
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (Object.hasOwn(ODD, pathname)) {
    ODD[pathname](response);
    return;
  }
  const { at, folder, headers = {} } = FOLDERS.find((f) => pathname.startsWith(f.at));
  let file = path.join(folder, path.normalize(decodeURIComponent(pathname.slice(at.length))));
  if (existsSync(file) && statSync(file).isDirectory()) file = path.join(file, "index.html");
  if (!file.startsWith(folder) || !existsSync(file)) {
    response.writeHead(404, { "Content-Type": "text/plain" }).end("not here\n");
    return;
  }
  const type = TYPES[path.extname(file)] ?? "application/octet-stream";
  const encoding = /\bbr\b/.test(request.headers["accept-encoding"] ?? "") ? "br" : "gzip";
  response.setHeader("Cache-Control", "no-store");
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (/image\/png/.test(type)) createReadStream(file).pipe(response);
  else response.writeHead(200, { "Content-Type": type, "Content-Encoding": encoding }).end(compressed(file, encoding));
});
server.listen(AWAY - 1, "127.0.0.1");

// Another site, that lets everyone read it, counts who comes, and has a page with the element.
const PAGE = (from) => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Another site</title>
<script type="module" src="${from}element.js"></script></head>
<body><h1>Another site</h1><dm-cache-lab id="figure" scenario="reload-while-live"></dm-cache-lab></body></html>`;
let visits = 0;
createServer(({ url }, response) => {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const answers = { "/visits": () => String(visits), "/page": () => PAGE(searchParams.get("package")) };
  if (!answers[pathname]) visits += 1;
  const type = pathname === "/page" ? "text/html; charset=utf-8" : "text/plain";
  response.writeHead(200, { "Content-Type": type, "Access-Control-Allow-Origin": "*" }).end(answers[pathname]?.() ?? "# Another site\ndisk meta 4M\n");
}).listen(AWAY, "127.0.0.1");
