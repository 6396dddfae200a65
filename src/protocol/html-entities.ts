// The named characters of HTML 4, for XML that uses them without a declaration.
// https://www.w3.org/TR/html4/sgml/entities.html

// Names in the order of code points, and before a name, how many code points without a name there are. Left out: those
// that XML defines, and those of small letters 32 code points after their capital letters.
const NAMES =
  '159nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute ' +
  'micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig ' +
  'Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash ' +
  'Ugrave Uacute Ucirc Uuml Yacute THORN szlig 23divide 7yuml 82OElig oelig 12Scaron scaron 22Yuml 25fnof 307circ ' +
  '21tilde 180Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho 1Sigma Tau ' +
  'Upsilon Phi Chi Psi Omega 24sigmaf 14thetasym upsih 3piv 7211ensp emsp 5thinsp 2zwnj zwj lrm rlm 3ndash mdash ' +
  '3lsquo rsquo sbquo 1ldquo rdquo bdquo 1dagger Dagger bull 3hellip 9permil 1prime Prime 5lsaquo rsaquo 3oline ' +
  '5frasl 103euro 100image 6weierp 3real 5trade 18alefsym 90larr uarr rarr darr harr 32crarr 26lArr uArr rArr dArr ' +
  'hArr 43forall 1part exist 1empty 1nabla isin notin 1ni 3prod 1sum minus 4lowast 2radic 2prop infin 1ang 6and or ' +
  'cap cup int 8there4 7sim 8cong 2asymp 23ne equiv 2le ge 28sub sup nsub 1sube supe 13oplus 1otimes 13perp 31sdot ' +
  '66lceil rceil lfloor rfloor 29lang rang 671loz 149spades 2clubs 1hearts diams';

let characters: ReadonlyMap<string, string> | undefined;

/** The character of an entity of HTML 4. `undefined` for any other name. */
export function htmlCharacter(name: string): string | undefined {
  characters ??= parseNames();
  return characters.get(name);
}

function parseNames(): Map<string, string> {
  const all = new Map<string, string>();
  let code = 0;
  for (const [, skipped, name = ''] of NAMES.matchAll(/(\d*)(\S+)/g)) {
    code += 1 + Number(skipped);
    const small = name.toLowerCase();
    if (!all.has(small)) all.set(small, String.fromCharCode(code + 32));
    all.set(name, String.fromCharCode(code));
  }
  return all;
}
