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

function compressed(file, encoding) {
  const key = `${encoding} ${file} ${statSync(file).mtimeMs}`;
  if (!packed.has(key)) packed.set(key, (encoding === "br" ? brotliCompressSync : gzipSync)(readFileSync(file)));
  return packed.get(key);
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
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
server.listen(Number(process.argv[2] ?? 8090), "127.0.0.1");
