// Reads a metadata image away from the page, by a program of its own (src/bin/reader.rs).
// The file is read piece by piece and never leaves the browser.

let reader;

/** A file of the reader, of the version that this script was asked for in. */
const own = (name) => new URL(name + self.location.search, self.location);

/** The largest image that is unpacked; the reader refuses what is larger. */
const BYTES_MAX = 256 << 20;

/** What a gzip file holds, or none where it is no gzip file. */
const unzipped = async (file) => {
  // A browser may say of a file which is gone that it has no bytes, and reads no bytes of it without a word; read whole, it tells.
  if (file.size === 0) await file.arrayBuffer();
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return null;
  const pieces = [];
  let bytes = 0;
  const unpacking = file.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  for (let piece = await unpacking.read(); !piece.done && bytes <= BYTES_MAX; piece = await unpacking.read()) {
    pieces.push(piece.value);
    bytes += piece.value.length;
  }
  return new Blob(pieces);
};

const open = async ({ file }) => {
  const { default: init, ImageReader } = await import(own("reader.js"));
  await init({ module_or_path: own("reader_bg.wasm") });
  const files = new FileReaderSync();
  let inside = null;
  // Why the browser cannot read it: said where the reader reads.
  let gone = null;
  try {
    inside = await unzipped(file);
  } catch (error) {
    if (error instanceof TypeError) return postMessage({ kind: "refused", value: { name: file.name, why: `It cannot be unpacked: ${error.message}`, seems: "a broken gzip file" } });
    gone = error;
  }
  const source = inside ?? file;
  const fetch = (offset, length) => {
    if (gone) throw gone;
    return new Uint8Array(files.readAsArrayBuffer(source.slice(offset, offset + length)));
  };
  const progress = (done, of) => postMessage({ kind: "progress", done, of });
  try {
    reader = ImageReader.open(file.name, gone ? 4096 : source.size, inside !== null, fetch, progress);
  } catch (refused) {
    if (!refused?.why) throw refused;
    return postMessage({ kind: "refused", value: refused });
  }
  postMessage({ kind: "opened", value: reader.overview(), verdict: reader.verdict() });
};

const work = {
  open,
  ask: ({ value }) => postMessage({ kind: "answer", value: reader.ask(value) }),
  xml: () => {
    const pieces = [];
    reader.xml((piece) => pieces.push(piece));
    postMessage({ kind: "file", suffix: ".xml", blob: new Blob(pieces, { type: "application/xml" }) });
  },
  repaired: () => postMessage({ kind: "file", suffix: ".repaired.img", blob: new Blob([reader.repaired()]) }),
  contents: () => {
    const [numbers, blocks] = [[], []];
    reader.contents((number, bytes) => {
      numbers.push(number);
      blocks.push(bytes);
    });
    const bytes = new Uint8Array(blocks.length * 4096);
    blocks.forEach((block, n) => bytes.set(block, n * 4096));
    postMessage({ kind: "contents", numbers: new Float64Array(numbers), bytes }, [bytes.buffer]);
  },
};

onmessage = async ({ data }) => {
  try {
    await work[data.kind](data);
  } catch (error) {
    postMessage({ kind: "failed", text: String(error) });
  }
};
