/** What every child sees; the rest of a worker's environment is no business of a job. */
const ALWAYS = ['PATH', 'HOME', 'TZ', 'LANG'];

type Env = Readonly<Record<string, string | undefined>>;

/** The environment of children: of `env` only PATH, HOME, TZ, LANG and the named ones. */
export const childEnv = (env: Env, names: readonly string[] = []): Env =>
  Object.fromEntries([...ALWAYS, ...names].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
