// The only script a page needs. It is a classic script, so that every generator can add it. <script src=".../embed.js" defer></script>
(() => {
  const own = document.currentScript?.src;
  if (own) import(new URL("blocks.js", own).href);
})();
