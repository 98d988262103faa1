import "./inside.js";

export * from "../blocks.js";
