import "./inside.js";

export * from "../index.js";
