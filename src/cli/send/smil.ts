// Writes the SMIL of a picture message with a text, as a handset does. https://www.w3.org/TR/SMIL2/

export interface SmilFile {
  /** What the SMIL calls the file: its name, percent-encoded, or a URL. */
  readonly src: string;
  readonly contentType: string;
}

// What is served, but not shown by name.
const NOT_SHOWN = /^application\/smil\b/;

/**
 * Shows each file on a page of its own, in their order. The text is below the first picture, or the first video, or the
 * first file if there is neither.
 */
export function writeSmil(files: readonly SmilFile[], text: SmilFile): string {
  const shown = files.filter(({ contentType }) => !NOT_SHOWN.test(contentType));
  const isA = (element: string) => (file: SmilFile) => elementOf(file) === element;
  const first = shown.find(isA('img')) ?? shown.find(isA('video')) ?? shown[0];
  const pages = shown.map((file) => (file === first ? [file, text] : [file]));
  return [
    '<smil>',
    '  <head>',
    '    <layout>',
    '      <root-layout width="320" height="480"/>',
    '      <region id="Image" left="0" top="0" width="320" height="320" fit="meet"/>',
    '      <region id="Text" left="0" top="320" width="320" height="160" fit="scroll"/>',
    '    </layout>',
    '  </head>',
    '  <body>',
    ...(first === undefined ? [[text]] : pages).flatMap(pageLines),
    '  </body>',
    '</smil>',
    '',
  ].join('\n');
}

function pageLines(files: readonly SmilFile[]): string[] {
  return ['    <par dur="5000ms">', ...files.map((file) => `      ${mediaElement(file)}`), '    </par>'];
}

const REGIONS: Readonly<Record<string, string>> = { img: 'Image', video: 'Image', text: 'Text' };

function mediaElement(file: SmilFile): string {
  const element = elementOf(file);
  const region = REGIONS[element];
  return `<${element} src="${escaped(file.src)}"${region === undefined ? '' : ` region="${region}"`}/>`;
}

/** https://www.w3.org/TR/SMIL2/extended-media-object.html#smilMediaNS-MediaObjectElements */
function elementOf({ contentType }: SmilFile): string {
  const [, kind = 'ref'] = /^(image|video|audio|text(?=\/plain))\//.exec(contentType) ?? [];
  return kind === 'image' ? 'img' : kind;
}

const REFERENCES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(src: string): string {
  return src.replace(/[&<>"]/g, (character) => String(REFERENCES[character]));
}
