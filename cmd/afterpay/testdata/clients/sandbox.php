<?php
// A shop in PHP: a capture's response is lost, and repeating it does not take the
// money twice.
declare(strict_types=1);

function call(string $method, string $url, ?array $body = null): array
{
    $curl = curl_init($url);
    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_USERPWD => '100101481:not-a-secret',
        CURLOPT_HTTPHEADER => ['Content-Type: application/json', 'Accept: application/json'],
    ]);
    if ($body !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, json_encode($body));
    }
    $response = curl_exec($curl);
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    return [$response === false ? 0 : $status, json_decode($response ?: '', true)];
}

function check(bool $ok, string $what): void
{
    if (!$ok) {
        fwrite(STDERR, "PHP: $what\n");
        exit(1);
    }
}

$url = $argv[1];
[$status, $order] = call('POST', "$url/v2/checkouts", [
    'amount' => ['amount' => '25.00', 'currency' => 'USD'],
    'consumer' => ['email' => 'ann@example.com'],
    'merchant' => ['redirectConfirmUrl' => 'https://shop.example/y', 'redirectCancelUrl' => 'https://shop.example/n'],
]);
check($status === 201, "the order is answered $status");
call('POST', "$url/_sandbox/approve", ['token' => $order['token']]);
call('POST', "$url/_sandbox/faults", ['operation' => 'payments.capture', 'fault' => 'reset', 'afterCommit' => true]);

[$status] = call('POST', "$url/v2/payments/capture", ['token' => $order['token']]);
check($status === 0, "the lost response is $status");
[$status, $payment] = call('POST', "$url/v2/payments/capture", ['token' => $order['token']]);
check($status === 201 && $payment['status'] === 'APPROVED', "the repeated capture is answered $status");

[, $ledger] = call('GET', "$url/_sandbox/ledger");
$captures = array_filter($ledger['movements'], fn ($m) => $m['kind'] === 'captured' && $m['paymentId'] === $payment['id']);
check(count($captures) === 1, 'the money moved ' . count($captures) . ' times');
echo "PHP: a lost response is repeated, and the money moves once\n";
