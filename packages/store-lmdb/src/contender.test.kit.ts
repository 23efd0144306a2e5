import { takeOwnership } from './owner.js';
import { processesHere } from './processes.js';

/** A process that tries to own each directory it is told of, and says how that went. */
process.on('message', (directory: string) => {
  void processesHere()
    .then((processes) => takeOwnership(directory, processes))
    .then(
      () => 'won',
      ({ code }: { code: string }) => code,
    )
    .then((answer) => process.send?.(answer));
});
process.send?.('ready');
