// Makes a metadata image of 256 MiB, nearly every block of which holds mappings: as large as dm-cache itself uses.
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const BLOCK = 4096;
const NR_BLOCKS = 65_536;
const ARRAYS = 60_000;
const PER_ARRAY = 509;
const PER_LEAF = 250;
const SALT = { superblock: 9_031_977, node: 121_107, array: 595_846_735, index: 160_478, bitmap: 240_779 };

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0x82f63b78 : n >>> 1;
  return n >>> 0;
});

/** Fills in location and checksum. */
const seal = (block, kind, at) => {
  block.writeBigUInt64LE(BigInt(at), kind === "array" ? 16 : 8);
  let crc = 0xffffffff;
  for (let i = 4; i < BLOCK; i++) crc = (crc >>> 8) ^ table[(crc ^ block[i]) & 0xff];
  // The register is not inverted at the end.
  block.writeUInt32LE((crc ^ SALT[kind]) >>> 0, 0);
  return block;
};

const node = (at, leaf, entries, valueSize = 8) => {
  const block = Buffer.alloc(BLOCK);
  const max = valueSize === 8 ? 252 : 336;
  block.writeUInt32LE(leaf ? 2 : 1, 4);
  block.writeUInt32LE(entries.length, 16);
  block.writeUInt32LE(max, 20);
  block.writeUInt32LE(valueSize, 24);
  entries.forEach(([key, value], i) => {
    block.writeBigUInt64LE(BigInt(key), 32 + i * 8);
    block.writeBigUInt64LE(BigInt(value), 32 + max * 8 + i * 8);
  });
  return seal(block, "node", at);
};

/** Writes the image unless it is there; returns how many mappings it has. */
export const largeImage = (path) => {
  const mapped = ARRAYS * PER_ARRAY;
  if (existsSync(path)) return mapped;
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(`${path}.part`, "w");
  const put = (at, block) => writeSync(file, block, 0, BLOCK, at * BLOCK);
  // Blocks: superblock, ref counts, index, 5 bitmaps, root, leaves, arrays.
  const [refCounts, index, bitmaps, root] = [1, 2, 3, 8];
  const leaves = Math.ceil(ARRAYS / PER_LEAF);
  const firstArray = root + 1 + leaves;
  const used = firstArray + ARRAYS;
  put(refCounts, node(refCounts, true, [], 4));
  const indexBlock = Buffer.alloc(BLOCK);
  for (let i = 0; i < 5; i++) {
    const here = Math.max(0, Math.min(16_320, used - i * 16_320));
    const bitmap = Buffer.alloc(BLOCK);
    for (let n = 0; n < here; n++) bitmap[16 + (n >> 2)] |= 2 << ((n & 3) * 2);
    put(bitmaps + i, seal(bitmap, "bitmap", bitmaps + i));
    indexBlock.writeBigUInt64LE(BigInt(bitmaps + i), 16 + i * 16);
    indexBlock.writeUInt32LE(Math.min(16_320, NR_BLOCKS - i * 16_320) - here, 24 + i * 16);
    indexBlock.writeUInt32LE(here, 28 + i * 16);
  }
  put(index, seal(indexBlock, "index", index));
  put(root, node(root, false, Array.from({ length: leaves }, (_, n) => [n * PER_LEAF, root + 1 + n])));
  for (let leaf = 0; leaf < leaves; leaf++) {
    const keys = Array.from({ length: PER_LEAF }, (_, n) => leaf * PER_LEAF + n);
    put(root + 1 + leaf, node(root + 1 + leaf, true, keys.map((key) => [key, firstArray + key])));
  }
  const array = Buffer.alloc(BLOCK);
  const words = new Uint32Array(array.buffer, array.byteOffset, BLOCK / 4);
  for (let key = 0; key < ARRAYS; key++) {
    array.writeUInt32LE(PER_ARRAY, 4);
    array.writeUInt32LE(PER_ARRAY, 8);
    array.writeUInt32LE(8, 12);
    for (let n = 0; n < PER_ARRAY; n++) {
      const oblock = key * PER_ARRAY + n;
      words[6 + n * 2] = (oblock << 16) | (n % 8 ? 1 : 3);
      words[7 + n * 2] = oblock >>> 16;
    }
    put(firstArray + key, seal(array, "array", firstArray + key));
  }
  const sb = Buffer.alloc(BLOCK);
  sb.writeUInt32LE(1, 4);
  sb.writeBigUInt64LE(0o6142003n, 32);
  sb.writeUInt32LE(1, 40);
  sb.write("smq", 44);
  sb.writeUInt32LE(4, 60);
  [NR_BLOCKS, used, index, refCounts].forEach((n, i) => sb.writeBigUInt64LE(BigInt(n), 64 + i * 8));
  sb.writeBigUInt64LE(BigInt(root), 192);
  sb.writeUInt32LE(128, 232);
  sb.writeUInt32LE(8, 236);
  sb.writeUInt32LE(mapped, 240);
  sb.writeUInt32LE(2, 272);
  put(0, seal(sb, "superblock", 0));
  put(NR_BLOCKS - 1, Buffer.alloc(BLOCK));
  closeSync(file);
  renameSync(`${path}.part`, path);
  return mapped;
};
