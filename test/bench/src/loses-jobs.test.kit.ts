import { Redis } from 'ioredis';
import type { Contestant, JobData, Scene } from './contestant.js';

const KEY = 'jobs';
/** One of so many jobs is never performed. */
const LOST_EVERY = 250;
const TURN_SECONDS = 1;

const open = ({ ports }: Scene): Redis => new Redis(ports.redis, '127.0.0.1');

/** A list in Redis whose worker drops some of what it takes. */
const losesJobs: Contestant = {
  name: 'loses-jobs',
  version: 'planted',
  servers: ['redis'],
  async produce(scene) {
    const redis = open(scene);
    return {
      one: (data) => redis.lpush(KEY, JSON.stringify(data)),
      many: (all: readonly JobData[]) => redis.lpush(KEY, ...all.map((data) => JSON.stringify(data))),
      close: async () => redis.disconnect(),
    };
  },
  async work(scene, watch) {
    const redis = open(scene);
    const performOne = async () => {
      const [, text] = (await redis.brpop(KEY, TURN_SECONDS)) ?? [];
      if (text === undefined) return;
      const data = JSON.parse(text) as JobData;
      if (data.n % LOST_EVERY === 0) return;
      watch.started(data);
      watch.acked(data);
    };
    const loop = async () => {
      while (redis.status !== 'end') await performOne();
    };
    void loop().catch(() => {}); // its connection was closed under it: that is its end
    return { close: async () => redis.disconnect() };
  },
  settings: [],
};

export default losesJobs;
