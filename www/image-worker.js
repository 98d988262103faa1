// Reads a metadata image away from the page: the page's own program, started a second time in this worker.
// The file is read piece by piece and never leaves the browser.

let reader;

const open = async ({ file, app, wasm, base }) => {
  const program = await import(new URL(app, base));
  await program.default({ module_or_path: new URL(wasm, base) });
  const files = new FileReaderSync();
  const fetch = (offset, length) => new Uint8Array(files.readAsArrayBuffer(file.slice(offset, offset + length)));
  const progress = (done, of) => postMessage({ kind: "progress", done, of });
  try {
    reader = program.ImageReader.open(file.name, file.size, fetch, progress);
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
