/** The page with these texts between its marks: `<!-- drawn: NAME -->` … `<!-- end -->`. Throws when it lacks one. */
export function place(page: string, blocks: Readonly<Record<string, string>>): string {
  return Object.entries(blocks).reduce((text, [name, block]) => {
    const [from, to] = [`<!-- drawn: ${name} -->`, '<!-- end -->'];
    const start = text.indexOf(from);
    const end = text.indexOf(to, start);
    if (start === -1 || end === -1) throw new Error(`the page lacks ${from} … ${to}`);
    return `${text.slice(0, start)}${from}\n\n${block}\n\n${text.slice(end)}`;
  }, page);
}
