// The element where others put it: code blocks of five generators, a MkDocs site, a sandboxed frame, a Vite build.
import { expect, live, test } from "./page.js";

test("code blocks of every generator become players; others stay", async ({ page }) => {
  await page.goto("/blocks.html");
  for (const [id, title] of [["mdbook", "Reload while live"], ["docusaurus", "From Docusaurus"], ["sphinx", null], ["pages", null],
    ["starlight", "From Starlight"], ["vitepress", "From VitePress"], ["headless", "Without the first line"]]) {
    const player = page.locator(`#${id} dm-cache-lab`);
    await expect(player).toHaveCount(1);
    await live(player);
    if (title) await expect(player.locator(".title")).toHaveText(title);
    await expect(page.locator(`#${id} pre`)).toBeHidden();
  }
  expect(await page.locator("#mdbook dm-cache-lab").evaluate((e) => [e.sharing, e.startAt, e.position > 0])).toEqual(["on", "swapped", true]);
  await expect(page.locator("#mdbook .dm-cache-lab-caption")).toHaveText("Shared, nothing is lost.");
  await expect(page.locator("#other pre")).toBeVisible();
  await expect(page.locator("#other dm-cache-lab")).toHaveCount(0);
});

test("what is no option of a block is the script's, which says what is wrong", async ({ page }) => {
  await page.goto("/blocks.html");
  const player = page.locator("#misspelt dm-cache-lab");
  await player.scrollIntoViewIfNeeded();
  await expect(player.locator(".reason")).toContainText("line 1");
  await expect(page.locator("#misspelt pre[style], #misspelt pre").last()).toContainText("scenaro");
});

test("a block that its page takes away or writes anew takes its player along", async ({ page }) => {
  await page.goto("/blocks.html");
  const section = page.locator("#mdbook");
  await live(section.locator("dm-cache-lab"));
  await section.locator("pre:not(dm-cache-lab pre)").first().evaluate((block) => block.replaceWith(Object.assign(block.cloneNode(true), { style: "" })));
  await expect(section.locator("dm-cache-lab")).toHaveCount(1);
  await expect(section.locator(".dm-cache-lab-caption")).toHaveCount(1);
  await live(section.locator("dm-cache-lab"));
  await section.locator("pre:not(dm-cache-lab pre)").first().evaluate((block) => block.remove());
  await expect(section.locator("dm-cache-lab, .dm-cache-lab-caption")).toHaveCount(0);
});

test("in a site that React takes over, each block is one player, from page to page", async ({ page }) => {
  const complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto("/react/");
  await page.locator("html[data-has-hydrated=true]").waitFor();
  const titles = async (...wanted) => {
    const players = page.locator("dm-cache-lab");
    await expect(players).toHaveCount(wanted.length);
    for (const [n, title] of wanted.entries()) {
      await live(players.nth(n));
      await expect(players.nth(n).locator(".title")).toHaveText(title);
    }
    await expect(page.locator("pre:visible", { hasText: /scenario:|echo react/ })).toHaveCount(0);
  };
  await titles("Reload while live", "Without the first line");
  await expect(page.locator(".dm-cache-lab-caption")).toHaveText(["Four blocks are lost."]);
  await expect(page.locator("pre:visible", { hasText: "dmsetup ls" })).toHaveCount(1);
  await page.getByRole("button", { name: "Go to second" }).click();
  await titles("What a crash leaves");
  await expect(page.locator(".dm-cache-lab-caption")).toHaveCount(0);
  await page.getByRole("button", { name: "Go to first" }).click();
  await titles("Reload while live", "Without the first line");
  expect(complaints).toEqual([]);
});

test("a block that comes later becomes a player, too", async ({ page }) => {
  await page.goto("/blocks.html");
  await live(page.locator("#mdbook dm-cache-lab"));
  await page.evaluate(() => {
    const pre = document.createElement("pre");
    pre.innerHTML = '<code class="language-dm-cache-lab">scenario: crash</code>';
    document.querySelector("#other").append(pre);
  });
  await live(page.locator("#other dm-cache-lab"));
});

test("a block whose player cannot run is shown as it was", async ({ page }) => {
  await page.goto("/nowasm/blocks.html");
  await page.locator("#docusaurus dm-cache-lab").scrollIntoViewIfNeeded();
  await expect(page.locator("#docusaurus .reason")).toContainText("'wasm-unsafe-eval'");
  await expect(page.locator("#docusaurus pre.prism-code")).toBeVisible();
});

test("in a site built by MkDocs", async ({ page }) => {
  await page.goto("/mkdocs/");
  const players = page.locator("dm-cache-lab");
  await expect(players).toHaveCount(2);
  await live(players.nth(0));
  await expect(players.nth(0).locator(".title")).toHaveText("Reload while live");
  await live(players.nth(1));
  await expect(players.nth(1).locator(".title")).toHaveText("A script in MkDocs");
  await expect(page.locator("pre:visible", { hasText: "dmsetup ls" })).toHaveCount(1);
});

test.describe("in a sandboxed frame", () => {
  test("the player runs, and the page speaks with it by messages", async ({ page }) => {
    await page.goto("/frame.html");
    await page.locator("html[data-connected]").waitFor({ timeout: 30_000 });
    await live(page.frameLocator("#frame").locator("dm-cache-lab"));
    const seen = await page.evaluate(async () => {
      const steps = [];
      window.frame_.addEventListener("step", ({ detail }) => steps.push(detail.position));
      const at = [await window.frame_.call("step"), await window.frame_.call("step", 2), await window.frame_.call("back")];
      const [typed] = await window.frame_.call("run", "dmsetup ls");
      const refused = await window.frame_.call("seek", "nowhere").catch((error) => [error instanceof Error, error.code]);
      return { at, steps, typed: typed.output, refused, last: (await window.frame_.call("snapshot")).last };
    });
    expect(seen.at).toEqual([1, 3, 2]);
    expect(seen.steps.slice(0, 3)).toEqual([1, 3, 2]);
    expect(seen.typed).toContain("c\t(253:0)");
    expect(seen.refused).toEqual([true, "NO_LABEL"]);
  });

  test("a message that is not right is answered with what is wrong with it, or not at all", async ({ page }) => {
    await page.goto("/frame.html");
    await page.locator("html[data-connected]").waitFor({ timeout: 30_000 });
    const answers = await page.evaluate(async () => {
      const { contentWindow } = document.getElementById("frame");
      const ask = (message) => new Promise((resolve) => {
        const hear = ({ source, data }) => {
          if (source === contentWindow && "id" in data) {
            removeEventListener("message", hear);
            resolve(data.error?.message ?? "done");
          }
        };
        addEventListener("message", hear);
        setTimeout(() => resolve("silence"), 500);
        contentWindow.postMessage(message, "*");
      });
      const protocol = "dm-cache-lab/1";
      return {
        strange: await ask({ hello: 1 }),
        text: await ask("step"),
        old: await ask({ protocol: "dm-cache-lab/0", id: 1, method: "step" }),
        unknown: await ask({ protocol, id: 1, method: "remove" }),
        inherited: await ask({ protocol, id: 1, method: "constructor" }),
        object: await ask({ protocol, id: 1, method: "seek", args: [{}] }),
        many: await ask({ protocol, id: 1, method: "play", args: [1] }),
        number: await ask({ protocol, id: "1", method: "play" }),
      };
    });
    expect(answers.strange).toBe("silence");
    expect(answers.text).toBe("silence");
    expect(answers.old).toBe("silence");
    expect(answers.unknown).toContain("method:");
    expect(answers.inherited).toContain("method:");
    expect(answers.object).toContain("args:");
    expect(answers.many).toContain("args:");
    expect(answers.number).toContain("id:");
  });

  test("with an origin named, no other page is heard", async ({ page }) => {
    await page.goto("/frame.html");
    await page.evaluate(() => { document.getElementById("frame").src = "/pkg/embed.html?scenario=crash&origin=https://host.example"; });
    await live(page.frameLocator("#frame").locator("dm-cache-lab"));
    const answer = await page.evaluate(() => new Promise((resolve) => {
      addEventListener("message", () => resolve("answered"));
      setTimeout(() => resolve("silence"), 700);
      document.getElementById("frame").contentWindow.postMessage({ protocol: "dm-cache-lab/1", id: 1, method: "hello" }, "*");
    }));
    expect(answer).toBe("silence");
  });
});

test("in a page that Vite built from the package", async ({ page, transfers }) => {
  await page.goto("/vite/");
  await live(page.locator("dm-cache-lab"));
  await expect(page.locator("#said")).toHaveText("lost 50 51 52 53, check 0");
  expect(transfers.of(".wasm")).toHaveLength(1);
});

for (const [version, offset] of [[7, 2], [8, 3]]) {
  test(`in a page that Vite ${version} serves while it is written, without a setting`, async ({ page, baseURL }) => {
    const { protocol, hostname, port } = new URL(baseURL);
    await page.goto(`${protocol}//${hostname}:${Number(port) + offset}/`);
    await live(page.locator("dm-cache-lab"));
    await expect(page.locator("#said")).toHaveText("lost 50 51 52 53, check 0");
  });
}

test("an engine that is not beside its modules is an error that names the cure", async ({ page }) => {
  await page.route("**/engine_bg.wasm", (route) => route.fulfill({ contentType: "text/html", body: "<!DOCTYPE html><title>The first page</title>" }));
  await page.goto("/plain.html");
  await expect(page.locator("#figure .reason")).toContainText("there is no http://127.0.0.1");
  await expect(page.locator("#figure .reason")).toContainText('optimizeDeps.exclude has to name "dm-cache-lab"');
});
