/** What stands in a {@link Chain} carries its own links, so that it can be taken out of the middle at once. */
export interface Linked<T> {
  before: T | undefined;
  after: T | undefined;
}

/** A doubly linked list. An item is in one chain at most. */
export class Chain<T extends Linked<T>> {
  first: T | undefined;
  last: T | undefined;
  size = 0;

  addHead(item: T): void {
    item.after = this.first;
    if (this.first) this.first.before = item;
    else this.last = item;
    this.first = item;
    this.size++;
  }

  addTail(item: T): void {
    item.before = this.last;
    if (this.last) this.last.after = item;
    else this.first = item;
    this.last = item;
    this.size++;
  }

  remove(item: T): void {
    if (item.before) item.before.after = item.after;
    else this.first = item.after;
    if (item.after) item.after.before = item.before;
    else this.last = item.before;
    item.before = undefined;
    item.after = undefined;
    this.size--;
  }
}
