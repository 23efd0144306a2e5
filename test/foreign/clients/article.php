<?php
// What a PHP application does that has its jobs on Kestrel:
//   HOST PORT QUEUE produce INSTANCE JOB [JSON]
//   HOST PORT QUEUE consume MOST          until so many jobs were taken, or there are none; a job called Fail is aborted
[, $host, $port, $queue, $role] = $argv;
$server = new Memcached();
$server->setOption(Memcached::OPT_COMPRESSION, false);
$server->addServer($host, (int) $port);

if ($role === 'produce') {
    $job = ['instance' => $argv[5], 'jobName' => $argv[6]];
    if (isset($argv[7])) {
        $job['data'] = json_decode($argv[7]);
    }
    exit($server->set($queue, json_encode($job)) ? 0 : 1);
}

for ($taken = 0; $taken < (int) $argv[5]; $taken++) {
    $item = $server->get("$queue/close/open/t=500");
    if ($item === false) {
        echo "Nothing on queue $queue\n";
        break;
    }
    $job = json_decode($item, true);
    echo json_encode([$job['instance'], $job['jobName'], $job['data'] ?? null]), "\n";
    if ($job['jobName'] === 'Fail') {
        $server->get("$queue/abort");
    }
}
$server->get("$queue/close");
