#!/usr/bin/env php
<?php
// A command as the consumer of the article calls one: -e ENV -i INSTANCE -j JOB [BASE64_JSON]. Notes in the file NOTES how it was called.
// A job called Fail fails, one called Sleep sleeps.
$options = getopt('e:i:j:', [], $rest);
$data = isset($argv[$rest]) ? json_decode(base64_decode($argv[$rest], true), true) : 'nothing';
$note = ['env' => $options['e'], 'instance' => $options['i'], 'job' => $options['j'], 'data' => $data, 'pid' => getmypid()];
file_put_contents(getenv('NOTES'), json_encode($note) . "\n", FILE_APPEND);
if ($options['j'] === 'Sleep') {
    sleep(600);
}
exit($options['j'] === 'Fail' ? 1 : 0);
