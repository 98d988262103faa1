import { connect } from "/pkg/frame.js";

window.frame_ = await connect(document.getElementById("frame"));
document.documentElement.dataset.connected = "";
