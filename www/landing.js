// Before anything is drawn: the theme that was chosen, and whether the address asks for something. If it does not, the landing stands.
{
  const root = document.documentElement;
  let theme = null;
  try {
    theme = localStorage.getItem("dm-cache-lab theme");
  } catch {
    // Without storage the page follows the system.
  }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const stand = () => root.toggleAttribute("data-landed", location.hash.length < 2);
  stand();
  addEventListener("hashchange", stand);

  // The head of the page says where book and source are, if they have an address.
  addEventListener("DOMContentLoaded", () => {
    for (const [rel, word] of [["help", "Book"], ["vcs-browse", "Source"]]) {
      const at = document.querySelector(`link[rel=${rel}]`)?.getAttribute("href");
      if (!at) continue;
      const link = document.createElement("a");
      link.href = at;
      link.textContent = word;
      document.querySelector("#landing nav").append(link);
    }
  });
}
