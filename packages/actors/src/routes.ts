import { requireSubject } from './subject.js';
import { intBelow, type Random } from './time.js';

/** Somebody who serves a pattern. */
export interface Member {
  readonly matches: (subject: string) => boolean;
  readonly group: string | undefined;
}

/** Members a message may go to: one of each list gets it. */
type Route<M extends Member> = readonly (readonly M[])[];

const MAX_ROUTES = 10_000;

/** Who serves what. */
export class Routes<M extends Member> {
  readonly #random: Random;
  readonly #members = new Set<M>();
  /** Routes by subject; forgotten whenever a member comes or goes. */
  readonly #routes = new Map<string, Route<M>>();

  constructor(random: Random) {
    this.#random = random;
  }

  add(member: M): void {
    this.#members.add(member);
    this.#routes.clear();
  }

  remove(member: M): void {
    if (this.#members.delete(member)) this.#routes.clear();
  }

  removeAll(concerned: (member: M) => boolean): void {
    for (const member of this.#members) if (concerned(member)) this.remove(member);
  }

  has(member: M): boolean {
    return this.#members.has(member);
  }

  /** One member of each group that serves `subject`, and all who serve it without a group. Throws BAD_NAME. */
  choose(subject: string): M[] {
    const route = this.#routes.get(subject) ?? this.#findRoute(subject);
    return route.map((members) => members[members.length === 1 ? 0 : intBelow(this.#random, members.length)] as M);
  }

  #findRoute(subject: string): Route<M> {
    requireSubject(subject);
    const groups = new Map<unknown, M[]>();
    for (const member of this.#members) {
      if (!member.matches(subject)) continue;
      const key = member.group ?? member;
      const members = groups.get(key);
      if (members) members.push(member);
      else groups.set(key, [member]);
    }
    const route = [...groups.values()];
    if (this.#routes.size >= MAX_ROUTES) this.#routes.clear();
    this.#routes.set(subject, route);
    return route;
  }
}
