<?php
// PHP's memcached extension: HOST PORT QUEUE STEP..., each step set:TEXT or get:OPTIONS. Prints every item it gets, as a line of JSON,
// and ends without closing what is open.
[, $host, $port, $queue] = $argv;
$client = new Memcached();
$client->setOption(Memcached::OPT_COMPRESSION, false);
$client->setOption(Memcached::OPT_POLL_TIMEOUT, 9000);
$client->addServer($host, (int) $port);
foreach (array_slice($argv, 4) as $step) {
    [$verb, $rest] = explode(':', $step, 2);
    if ($verb === 'set') {
        if (!$client->set($queue, $rest)) {
            fwrite(STDERR, 'set: ' . $client->getResultMessage() . "\n");
            exit(1);
        }
        continue;
    }
    $item = $client->get($queue . $rest);
    if ($item !== false) {
        echo json_encode($item), "\n";
    } elseif ($client->getResultCode() !== Memcached::RES_NOTFOUND) {
        fwrite(STDERR, "$rest: " . $client->getResultMessage() . "\n");
        exit(1);
    }
}
