import "dm-cache-lab/element";
import { load } from "dm-cache-lab";

const { Lab, check } = await load();
const lab = Lab.scenario("reload-while-live", { sharing: "off" });
lab.seek("end");
const lost = lab.frame().worlds[0].picture.data[0].lost.join(" ");
document.getElementById("said").textContent = `lost ${lost}, check ${check(lab.image("meta")).exit_code}`;
lab.free();
