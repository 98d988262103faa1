// The API in a page or a worker.
import { beside, loader } from "./load.js";

export const load = loader(beside);
