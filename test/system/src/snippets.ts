import { readdirSync, readFileSync } from 'node:fs';

/** A fenced block of a Markdown file. */
export interface Snippet {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** Every fenced block of the README and the documentation that names a language. */
export function snippets(root: string): Snippet[] {
  const docs = readdirSync(`${root}/docs`, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => `docs/${name}`)].flatMap((file) =>
    blocksOf(file, readFileSync(`${root}/${file}`, 'utf8')),
  );
}

function blocksOf(file: string, markdown: string): Snippet[] {
  const blocks: Snippet[] = [];
  for (const match of markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    const line = markdown.slice(0, match.index).split('\n').length;
    blocks.push({ file, line, language: match[1] as string, text: match[2] as string });
  }
  return blocks;
}

/** What a snippet says it prints: the comments behind its `console.log` calls. */
export const promisedOutput = (text: string): string[] =>
  Array.from(text.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm), (match) => match[1] as string);
