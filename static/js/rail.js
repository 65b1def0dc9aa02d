// On a narrow screen the views are a strip that scrolls: the one that one is in comes into sight.
const strip = document.getElementById("views");
const here = strip?.querySelector("[aria-current]");

if (here && strip.scrollWidth > strip.clientWidth) {
  strip.scrollLeft += here.getBoundingClientRect().left - strip.getBoundingClientRect().left - (strip.clientWidth - here.offsetWidth) / 2;
}
