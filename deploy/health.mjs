// The image's health check: ends with 0 when the service of this container says that it does its work.
import { get } from 'node:http';

const { TIERCEL_HEALTH_PORT: port } = process.env;

get({ port, path: '/readyz', timeout: 2_000 }, (response) => {
  response.pipe(process.stdout); // docker keeps what a check says
  process.exitCode = response.statusCode === 200 ? 0 : 1;
})
  .on('error', ({ message }) => {
    console.log(message);
    process.exitCode = 1;
  })
  .on('timeout', () => process.exit(1));
