/** The part of Standard Schema (https://standardschema.dev, version 1) that is used; zod, valibot, arktype and others have it. */
export interface Schema<In = unknown, Out = In> {
  readonly '~standard': {
    readonly validate: (value: unknown) => Checked<Out> | Promise<Checked<Out>>;
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
  };
}

type Checked<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

// biome-ignore lint/suspicious/noExplicitAny: any schema at all; its own types are inferred from it
export type AnySchema = Schema<any, any>;

/** What a producer hands in. */
export type In<S> = S extends Schema<infer T, unknown> ? T : unknown;
/** What the handler gets. */
export type Out<S> = S extends { readonly '~standard': { readonly types?: { readonly output: infer T } | undefined } }
  ? T
  : unknown;
