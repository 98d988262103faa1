import { load } from "/pkg/index.js";

const { Lab } = await load();
const lab = Lab.scenario("reload-while-live", { sharing: "off" });
lab.seek("end");
postMessage(lab.view().data[0].lost);
