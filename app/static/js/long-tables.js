// A long table that grows: its first rows are closed, although the table is not. What is open of it is parsed with
// its head before it, and only its rows are shown: sections of rows go on with the table before them.

export const TABLE_END = "</tbody>\n</table></div>\n";
const OPEN_ROWS = 50;

/** Returns the tokens of the rows that can be closed, if these are the tokens of one long table and nothing else. */
export function closableRows(tokens) {
  if (tokens[0]?.type !== "table_open") return null;
  if (tokens.findIndex(({ type }) => type === "table_close") !== tokens.length - 1) return null;
  const body = bodyOf(tokens);
  const rows = tokens.flatMap(({ type }, index) => (index >= body && type === "tr_open" ? [index] : []));
  return rows.length < 2 * OPEN_ROWS ? null : { first: rows[0], open: rows.at(-OPEN_ROWS) };
}

/** Returns the index of the first token after a table's head. */
export function bodyOf(tokens) {
  return tokens.findIndex(({ type }) => type === "tbody_open") + 1;
}

/** Returns HTML that starts with rows in two parts: the rows, and what comes after their table. */
export function partsOf(html) {
  const end = html.indexOf(TABLE_END);
  return [html.slice(0, end), html.slice(end)];
}

/** Returns whether HTML is rows of a table that started before it. */
export function isRows(html) {
  return html?.startsWith("<tr>") ?? false;
}

/** Returns the HTML of whole elements: a table whose rows follow is closed, the end of one is left out. */
export function balanced(html) {
  if (html.startsWith(TABLE_END)) return html.slice(TABLE_END.length);
  return html.lastIndexOf("<tbody>") > html.lastIndexOf("</tbody>") ? html + TABLE_END : html;
}
