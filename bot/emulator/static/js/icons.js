/** Line icons on a 24 × 24 grid, drawn in the colour of the text around them. */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  send: "M12 19V5.5M5.5 11.5 12 5l6.5 6.5",
  slash: "M15 4.5 9 19.5",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  link: "M8 16 16.5 7.5M9 7h8v8",
  app: "M6.5 4.5h11a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2h-11a2 2 0 0 1-2-2v-11a2 2 0 0 1 2-2ZM4.5 9.5h15",
  copy: "M10.5 8.5h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2ZM5.5 15.5a1 1 0 0 1-1-1v-8a2 2 0 0 1 2-2h8a1 1 0 0 1 1 1",
  contact: "M12 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5ZM4.5 20c.7-3.6 3.7-5.5 7.5-5.5s6.8 1.9 7.5 5.5",
  place: "M12 21s6.5-5.8 6.5-11A6.5 6.5 0 0 0 5.5 10c0 5.2 6.5 11 6.5 11ZM12 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  reply: "M9.5 6 4.5 11l5 5M5 11h8.5a6 6 0 0 1 6 6v1",
  share: "M12 15V4M7.5 8 12 3.5 16.5 8M5 13v5a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5",
  close: "M6.5 6.5 17.5 17.5M17.5 6.5 6.5 17.5",
  back: "M14.5 5.5 8 12l6.5 6.5",
  down: "M6 9.5 12 15.5l6-6",
  plus: "M12 5.5v13M5.5 12h13",
  bolt: "M13 3.5 5.5 13.5h5.5l-1 7 7.5-10h-5.5Z",
  check: "M5.5 12.5 10 17l8.5-9.5",
  restart: "M18.5 12a6.5 6.5 0 1 1-2-4.7M18.5 4v4h-4",
  stop: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM6.2 6.2l11.6 11.6",
  trash: "M5 7h14M9.5 7V4.5h5V7M7 7l.8 11.6a1.5 1.5 0 0 0 1.5 1.4h5.4a1.5 1.5 0 0 0 1.5-1.4L17 7",
  file: "M7.5 3.5h6l4.5 4.5v10.5a2 2 0 0 1-2 2H7.5a2 2 0 0 1-2-2v-13a2 2 0 0 1 2-2ZM13.5 3.5V8H18",
  clipboard: "M9 5H7.5a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h9a2 2 0 0 0 2-2V7a2 2 0 0 0-2-2H15M9.5 3.5h5v3h-5Z",
  globe: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM3.7 12h16.6M12 3.5c4.7 5.3 4.7 11.7 0 17-4.7-5.3-4.7-11.7 0-17Z",
};

/** An icon by name; it says nothing to a screen reader, its button does. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
