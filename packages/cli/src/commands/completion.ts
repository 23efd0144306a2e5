import { fail } from '@tiercel/protocol';
import { Command, type Option } from 'commander';
import { COMMANDS, program } from '../program.js';

/** Everything one may type, for each command that words lead to. */
interface Words {
  /** `queue purge`; '' for the command line itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly flags: readonly { readonly name: string; readonly about: string }[];
}

const SHELLS: Readonly<Record<string, (words: readonly Words[]) => string>> = { bash, zsh, fish };

/** Prints what the shell is to read. It is made once and asks nobody when it completes. */
export async function completion(shell: string): Promise<void> {
  const make = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (!make) return fail('BAD_OPTION', { argument: 'shell', expected: Object.keys(SHELLS).join(', '), got: shell.slice(0, 40) });
  process.stdout.write(`${make(wordsOf(await program(new Command(), COMMANDS), []))}\n`);
}

function wordsOf(command: Command, path: readonly string[]): readonly Words[] {
  const own = {
    path: path.join(' '),
    commands: command.commands.map((each) => ({ name: each.name(), about: each.description() })),
    flags: command.options.filter(({ hidden, long }) => !hidden && long).map(flagOf),
  };
  return [own, ...command.commands.flatMap((each) => wordsOf(each, [...path, each.name()]))];
}

const flagOf = ({ long, description }: Option) => ({ name: long as string, about: description });

const typed = ({ commands, flags }: Words): string => [...commands, ...flags].map(({ name }) => name).join(' ');

/** Words that are no flags lead to a command as long as one is known by them. */
function bash(all: readonly Words[]): string {
  const cases = all.map((words) => `    '${words.path}') words='${typed(words)}' ;;`);
  return `# bash completion of tiercel
_tiercel() {
  local words='' path='' word at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case " ${all.map(({ path }) => `:${path}:`).join('')} " in *":\${path:+$path }$word:"*) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _tiercel tiercel`;
}

function zsh(all: readonly Words[]): string {
  const cases = all.map((words) => {
    const items = [...words.commands, ...words.flags].map(({ name, about }) => quoted(`${name.replaceAll(':', '\\:')}:${about}`));
    return `    (${quoted(words.path)}) items=(${items.join(' ')}) ;;`;
  });
  return `#compdef tiercel
_tiercel() {
  local -a items
  local known=${quoted(all.map(({ path }) => `:${path}:`).join(''))} here='' word
  for word in \${words[2,CURRENT-1]}; do
    [[ $known == *":\${here:+$here }$word:"* ]] && here="\${here:+$here }$word"
  done
  case $here in
${cases.join('\n')}
  esac
  _describe -t commands tiercel items || _files
}
compdef _tiercel tiercel`;
}

function fish(all: readonly Words[]): string {
  const lines = all.flatMap(({ path, commands, flags }) => {
    const when = `-n ${quoted(`__tiercel_at ${path}`.trim())}`;
    return [
      ...commands.map(({ name, about }) => `complete -c tiercel ${when} -f -a ${quoted(name)} -d ${quoted(about)}`),
      ...flags.map(({ name, about }) => `complete -c tiercel ${when} -l ${name.slice(2)} -d ${quoted(about)}`),
    ];
  });
  return `# fish completion of tiercel
function __tiercel_at
    set -l known ${all.map(({ path }) => quoted(path)).join(' ')}
    set -l here ''
    for word in (commandline -opc)[2..]
        set -l next (string trim -- "$here $word")
        contains -- "$next" $known; and set here $next
    end
    test "$here" = "$argv"
end
${lines.join('\n')}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
