// Reads a metadata image away from the page, by a program of its own (src/bin/reader.rs).
// The file is read piece by piece and never leaves the browser.

let reader;

/** A file of the reader, of the version that this script was asked for in. */
const own = (name) => new URL(name + self.location.search, self.location);

const open = async ({ file }) => {
  const { default: init, ImageReader } = await import(own("reader.js"));
  await init({ module_or_path: own("reader_bg.wasm") });
  const files = new FileReaderSync();
  const fetch = (offset, length) => new Uint8Array(files.readAsArrayBuffer(file.slice(offset, offset + length)));
  const progress = (done, of) => postMessage({ kind: "progress", done, of });
  try {
    reader = ImageReader.open(file.name, file.size, fetch, progress);
  } catch (refused) {
    if (!refused?.why) throw refused;
    return postMessage({ kind: "refused", value: refused });
  }
  postMessage({ kind: "opened", value: reader.overview() });
};

const work = {
  open,
  ask: ({ value }) => postMessage({ kind: "answer", value: reader.ask(value) }),
  xml: () => {
    const pieces = [];
    reader.xml((piece) => pieces.push(piece));
    postMessage({ kind: "xml", blob: new Blob(pieces, { type: "application/xml" }) });
  },
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
