"""Contrast of every text of a page with what is behind it, by the rule of WCAG 2.2 AA (1.4.3)."""

from typing import Any

# Walks the visible text nodes. Colours are composed over the grounds behind them; what is disabled, drawn on a canvas
# or hidden is left out, as the rule allows. Large is 24 px, or 18.66 px in bold.
_SCRIPT = """() => {
  const parse = (text) => {
    const parts = text.match(/[\\d.]+/g).map(Number);
    const unit = text.startsWith('color(') ? 255 : 1; // of a mixed colour the parts go from 0 to 1
    return { rgb: parts.slice(0, 3).map((part) => part * unit), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const over = (top, alpha, below) => top.map((value, place) => value * alpha + below[place] * (1 - alpha));
  const linear = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = (rgb) => 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
  const ancestors = (element) => (element ? [...ancestors(element.parentElement), element] : []);
  const ground = (element) => ancestors(element).reduce((below, each) => {
    const { rgb, alpha } = parse(getComputedStyle(each).backgroundColor);
    return over(rgb, alpha, below);
  }, [255, 255, 255]);
  const ratio = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const isLeftOut = (element) =>
    element.closest('[disabled], [aria-disabled=true], canvas, svg, .visually-hidden, .skip, option, script, style') ||
    !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) ||
    element.getClientRects().length === 0;
  const found = [];
  const judge = (element, text, style) => {
    const behind = ground(element);
    const opacity = ancestors(element).reduce((product, each) => product * Number(getComputedStyle(each).opacity), 1);
    const { rgb, alpha } = parse(style.color);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const contrast = ratio(over(rgb, alpha * opacity, behind), behind);
    if (contrast < (isLarge ? 3 : 4.5)) {
      const place = [element.tagName.toLowerCase(), ...element.classList].join('.');
      const holder = element.parentElement.className || element.parentElement.id;
      found.push(`${contrast.toFixed(2)} ${place} in ${holder} "${text.slice(0, 30)}"`);
    }
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let count = 0;
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || isLeftOut(element)) continue;
    count += 1;
    judge(element, text, getComputedStyle(element));
  }
  for (const field of document.querySelectorAll('input[placeholder], textarea[placeholder]')) {
    if (field.value || isLeftOut(field)) continue;
    count += 1;
    judge(field, field.placeholder, getComputedStyle(field, '::placeholder'));
  }
  return { count, faults: [...new Set(found)] };
}"""
_THEME = "(theme) => { document.documentElement.dataset.theme = theme; }"
THEMES = ("dark", "light")


def faint_texts(page: Any, theme: str) -> list[str]:
    """Texts of ``page`` in ``theme`` that are below the rule: ratio, element, words."""
    page.evaluate(_THEME, theme)
    measured = page.evaluate(_SCRIPT)
    assert measured["count"] > 20, "the page is empty"
    return [f"{theme} {fault}" for fault in measured["faults"]]
