import { ByteReader, ByteWriter, type QueueSettings, SETTINGS, type SettingName, WHEN_FULL } from '@tiercel/protocol';

/*
 * Settings as they are stored: a bit for each that is set, in the order of SETTINGS from the lowest, and their values in that order: six
 * bytes each, but a queue's name with its length, a byte, before it, and a fan-out with two. New settings go to the end: who does not know
 * them leaves out what is behind. lua/settings.lua is the other side.
 */

type Value = QueueSettings[SettingName];

export const bitsOf = (names: readonly SettingName[]): number =>
  names.reduce((bits, name) => bits | (1 << SETTINGS.indexOf(name)), 0);

export function packSettings(settings: QueueSettings): Buffer {
  const told = SETTINGS.filter((name) => settings[name] !== undefined);
  const to = new ByteWriter(64).u32(bitsOf(told));
  for (const name of told) writeValue(to, name, settings);
  return to.finish();
}

function writeValue(
  to: ByteWriter,
  name: SettingName,
  { expireTo = '', whenFull = 'refuse', fanout = '', ...others }: QueueSettings,
): void {
  if (name === 'expireTo') to.name(expireTo);
  else if (name === 'fanout') to.u16(fanout.length).ascii(fanout);
  else if (name === 'whenFull') to.u48(WHEN_FULL.indexOf(whenFull));
  else to.u48(Number(others[name]));
}

export function unpackSettings(stored: Buffer): QueueSettings {
  const from = new ByteReader(stored);
  const bits = from.u32();
  const told = SETTINGS.filter((_, at) => bits & (1 << at));
  return Object.fromEntries(told.map((name) => [name, readValue(from, name)]));
}

function readValue(from: ByteReader, name: SettingName): Value {
  if (name === 'expireTo') return from.name();
  if (name === 'fanout') return from.text(from.u16());
  const value = from.u48();
  if (name === 'paused' || name === 'fanoutOnly') return value === 1;
  return name === 'whenFull' ? WHEN_FULL[value] : value;
}
