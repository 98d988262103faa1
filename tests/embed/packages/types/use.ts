// Type-checked, never run: every part of the package as a user of TypeScript meets it.
import { load, type Api, type DmCacheLabError, type Frame, type Lab, type LabEvent, type View } from "dm-cache-lab";
import { DmCacheLabElement, define } from "dm-cache-lab/element";
import { connect } from "dm-cache-lab/frame";

const api: Api = await load();
const lab: Lab = api.Lab.scenario("reload-while-live", { sharing: "off", seed: 7n });
const own = new api.Lab("dm-cache-lab 1\n# Empty\n");
const position: number = lab.seek("50%") + lab.seek(3) + lab.step() + lab.back(2);
const frame: Frame = lab.frame();
const lost: number[] = frame.worlds[0]?.picture.data.flatMap((data) => data.lost) ?? [];
const view: View = lab.view(0);
const letters: string[] = view.objects.map((object) => `${object.letter}${object.ref_count}`);
const outputs: string[] = lab.run("dmsetup ls").map((typed) => typed.output);
const listening: number = lab.subscribe((event: LabEvent) => console.log(event.event, event.world), true);
lab.unsubscribe(listening);
const image: Uint8Array = lab.image("meta");
const sound: boolean = api.check(image).exit_code === 0;
const xml: string = api.dump(image, { repair: true });
const fields: number = api.inspect(image, "mapping_root").fields.length;

try {
  lab.seek("nowhere");
} catch (error) {
  const { code, help } = error as DmCacheLabError;
  if (code === "NO_LABEL") console.log(help);
}

// @ts-expect-error there is no such sharing
api.Lab.scenario("crash", { sharing: "maybe" });
// @ts-expect-error a step is a number or a text
lab.seek({});

define();
const element: DmCacheLabElement = document.createElement("dm-cache-lab");
element.startAt = "swapped";
element.sharing = "compare";
element.addEventListener("step", ({ detail }) => console.log(detail.percent.toFixed(), detail.sentence));
element.addEventListener("expect", ({ detail }) => console.log(detail.held, detail.note));
const { script }: { script: string } = await element.snapshot();

const framed = await connect(document.createElement("iframe"));
const at: number = await framed.call("seek", "end");
framed.addEventListener("size", ({ detail }) => console.log(detail.height));
// @ts-expect-error there is no such method
await framed.call("remove");

export { at, fields, letters, lost, outputs, own, position, script, sound, xml };
