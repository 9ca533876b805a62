#!/usr/bin/perl
# x2x3.pl: content for lipoi to send, and what of it must lie at an agency; both written from the standards, nothing of it from the product.
#
#   x2x3.pl make SEED N NOW SCRIPT WANT XID...   N products of X3, of every form of a PDU session's content, in a script's steps (connections u1 to u4,
#                                         by correlation), and a line for each in WANT: XID, correlation, direction, form, octets, QFI, time
#   x2x3.pl got HI3.json                  a line for each CC of lidump's JSON: LIID, CIN, number, direction, form, octets, QFI, time, NFID, IPID
#   x2x3.pl judge WANT GOT XID=LIID...    the same, in order, for each LIID; a CIN for each correlation, and none for two. Prints what is wrong
#   x2x3.pl rtp SEED N NOW SCRIPT WANT XID       a call: SIP, then RTP both ways with an SDP, and MSRP; WANT: what its iMSCCPDUs say
use strict;
use warnings;
use JSON::PP;

my ($what, @args) = @ARGV;
my $seed = 1;

sub any {			# 0 .. n-1, the same on every machine
	my ($n) = @_;
	$seed = ($seed * 1103515245 + 12345) % 2147483648;
	return int($seed / 65536) % $n;
}

sub octets { my ($n) = @_; return join '', map { chr any(256) } 1 .. $n; }

sub ip4 {			# of n octets in all
	my ($n) = @_;
	return pack('C2 n n n C2 n a4 a4', 0x45, 0, $n, any(65536), 0, 64, 17, 0, pack('C4', 10, 45, 0, 2), pack('C4', 192, 0, 2, any(256))) . octets($n - 20);
}

sub ip6 {
	my ($n) = @_;
	return pack('N n C2', 0x60000000, $n - 40, 17, 64) . octets(32) . octets($n - 40);
}

sub gtpu {
	my ($qfi, $up, $inner) = @_;
	return pack('C2 n N', 0x30, 255, length $inner, any(65536)) . $inner unless defined $qfi;
	return pack('C2 n N n C2 C4', 0x34, 255, 8 + length $inner, any(65536), 0, 0, 0x85, 1, $up ? 0x10 : 0, $qfi, 0) . $inner;
}

# Lengths at which the octets of a length change, and any.
my @edges = (20, 28, 40, 44, 127, 128, 129, 200, 255, 256, 257, 1400, 1500, 8000);
sub size { my ($least) = @_; my $n = any(3) ? $least + any(1400) : $edges[any(scalar @edges)]; return $n < $least ? $least : $n; }

sub stamp {			# of the nth product: so many microseconds and some nanoseconds later
	my ($now, $i) = @_;
	my $us = $i * 137;
	return sprintf('%d.%06d%03d', $now + int($us / 1000000), $us % 1000000, any(1000));
}

if ($what eq 'make') {
	my ($s, $n, $now, $script, $want, @xids) = @args;
	my %hi3 = (to => 'toTarget', from => 'fromTarget', unknown => 'indeterminate', multiple => 'combined', none => 'notapplicable');
	my @directions = sort keys %hi3;
	$seed = $s;
	open my $o, '>>', $script or die;
	open my $w, '>', $want or die;
	for my $i (0 .. $n - 1) {
		my $xid = $xids[any(scalar @xids)];
		my $correlation = 100 + any(8);
		my $direction = $directions[any(5)];
		my $form = any(7);
		my ($format, $payload, $kind, $content, $qfi) = ('', '', '', '', '');
		if ($form <= 2) {
			$qfi = $form == 2 ? undef : any(64);
			$content = $i % 5 ? ip4(size(20)) : ip6(size(40));
			($format, $kind) = ('gtpu', 'uPFIPCC');
			$payload = gtpu($qfi, $direction eq 'from', $content);
		} elsif ($form == 3) {
			($format, $kind, $payload) = ('ipv4', 'uPFIPCC', $content = ip4($i == 3 ? 65535 : size(20)));
		} elsif ($form == 4) {
			($format, $kind, $payload) = ('ipv6', 'uPFIPCC', $content = ip6(size(40)));
		} elsif ($form == 5) {
			my $p = ip4(size(60));
			($format, $kind, $payload) = ('ethernet', 'uPFEthernetCC', $content = pack('H24 n', '020000000001020000000002', 0x0800) . $p);
		} else {
			($format, $kind, $payload) = ('unstructured', 'uPFUnstructuredCC', $content = octets(size(1)));
		}
		my $t = stamp($now, $i);
		my $on = 'u' . (1 + $correlation % 4);
		printf $o "- pdu: {on: %s, type: x3, format: %s, direction: %s, xid: %s, correlation: %d, time: \"%s\", payload: \"%s\"}\n",
			$on, $format, $direction, $xid, $correlation, $t, unpack 'H*', $payload;
		print $w join("\t", $xid, $correlation, $hi3{$direction}, $kind, unpack('H*', $content), $qfi // '', substr($t, 0, -3)), "\n";
	}
	exit 0;
}

if ($what eq 'rtp') {
	my ($s, $n, $now, $script, $want, $xid) = @args;
	$seed = $s;
	open my $o, '>>', $script or die;
	open my $w, '>', $want or die;
	my $sdp = "v=0\\r\\nc=IN IP4 10.0.0.1\\r\\nm=audio 8000 RTP/AVP 8\\r\\n";
	my $invite = "INVITE sip:b\@ims.example SIP/2.0\\r\\nFrom: <sip:a\@ims.example>;tag=1\\r\\nTo: <sip:b\@ims.example>\\r\\nCall-ID: call-1\\r\\nCSeq: 1 INVITE\\r\\nContent-Length: 0\\r\\n\\r\\n";
	print $o "- pdu: {on: i, type: x2, format: sip, direction: from, xid: $xid, correlation: 900, source: 10.0.0.1:5060, destination: 10.0.0.2:5060, protocol: udp, matched: {impu: \"sip:a\@ims.example\"}, payload: {text: \"$invite\"}}\n";
	print $o "- keepalive: {on: i}\n- expect: {on: i, ack: all}\n";
	for my $i (0 .. $n - 1) {
		my $up = any(2);
		my $rtp = pack('C2 n N N', 0x80, 8, $i, $i * 160, 0x1234) . octets($i % 7 ? 160 : any(1200));
		my ($from, $to) = $up ? ('10.0.0.1:8000', '10.0.0.2:7000') : ('10.0.0.2:7000', '10.0.0.1:8000');
		my $t = stamp($now, $i);
		printf $o "- pdu: {on: m, type: x3, format: rtp, direction: %s, xid: %s, correlation: 900, time: \"%s\", source: %s, destination: %s, protocol: udp, %spayload: \"%s\"}\n",
			$up ? 'from' : 'to', $xid, $t, $from, $to, $i ? '' : "sdp: \"$sdp\", ", unpack 'H*', $rtp;
		print $w join("\t", $up ? 'fromTarget' : 'toTarget', $from, $to, unpack('H*', $rtp), substr($t, 0, -3)), "\n";
	}
	for my $i (0 .. 4) {		# and messages beside it
		my $body = join '', map { chr(97 + any(26)) } 0 .. 40 * $i;
		my $n = length $body;
		my $msrp = "MSRP a786hjs2 SEND\r\nTo-Path: msrp://10.0.0.2:2855/kjh;tcp\r\nFrom-Path: msrp://10.0.0.1:2855/ius;tcp\r\nMessage-ID: m$i\r\n" .
			"Byte-Range: 1-$n/$n\r\nContent-Type: text/plain\r\n\r\n$body\r\n-------a786hjs2\$\r\n";
		my $t = stamp($now, $n + 10000 + $i);
		printf $o "- pdu: {on: m, type: x3, format: msrp, direction: from, xid: %s, correlation: 900, time: \"%s\", source: 10.0.0.1:2855, destination: 10.0.0.2:2855, protocol: tcp, payload: \"%s\"}\n",
			$xid, $t, unpack 'H*', $msrp;
		print $w join("\t", 'fromTarget', '10.0.0.1:2855', '10.0.0.2:2855', unpack('H*', $msrp), substr($t, 0, -3)), "\n";
	}
	exit 0;
}

if ($what eq 'got') {
	open my $f, '<', $args[0] or die;
	while (<$f>) {
		my $p = decode_json $_;
		my $h = $p->{pSHeader};
		for my $c (@{$p->{payload}{cCPayloadSequence} // []}) {
			my $d = $c->{cCContents}{threeGPP33128DefinedCC}{pDU};
			my ($kind, $octets, $qfi) = ('?', '', '');
			if (my $e = $d->{extendedUPFCCPDU}) {
				($kind) = keys %{$e->{payload}};
				($octets, $qfi) = ($e->{payload}{$kind}, $e->{qFI} // '');
			} elsif (my $m = $d->{iMSCCPDU}) {
				($kind, $octets, $qfi) = ('iMSCCPDU', $m->{payload}, $m->{sDPInfo} // '');
			}
			print join("\t", pack('H*', $h->{lawfulInterceptionIdentifier}), $h->{communicationIdentifier}{communicationIdentityNumber} // '', $h->{sequenceNumber},
				$c->{payloadDirection}, $kind, $octets, $qfi, sprintf('%d.%06d', $h->{microSecondTimeStamp}{seconds}, $h->{microSecondTimeStamp}{microSeconds}),
				pack('H*', $h->{networkFunctionIdentifier} // ''), pack('H*', $h->{extendedInterceptionPointID} // '')), "\n";
		}
	}
	exit 0;
}

if ($what eq 'judge') {
	my ($want, $got, @whose) = @args;
	my (%want, %got, %cin, %bad, $n);
	open my $f, '<', $want or die;
	while (<$f>) {
		chomp;
		my ($xid, $correlation, @rest) = split /\t/, $_, -1;
		push @{$want{$xid}{$correlation}}, join "\t", @rest;
	}
	open $f, '<', $got or die;
	while (<$f>) {
		chomp;
		my ($liid, $cin, $number, @rest) = split /\t/, $_, -1;
		push @{$got{$liid}{$cin}}, [ $number, join "\t", @rest[0 .. 4] ];
	}
	for my $pair (@whose) {
		my ($xid, $liid) = split /=/, $pair;
		my %left = %{$got{$liid} // {}};
		for my $correlation (sort keys %{$want{$xid} // {}}) {
			my $w = $want{$xid}{$correlation};
			my ($cin) = grep { $left{$_}[0][1] eq $w->[0] } sort keys %left;
			if (!defined $cin) {
				$bad{"$liid: correlation $correlation has no CIN"}++;
				next;
			}
			my $g = delete $left{$cin};
			for my $i (0 .. $#$w) {
				$bad{"$liid: correlation $correlation: number " . ($g->[$i] ? $g->[$i][0] : 'none') . " at $i"}++ unless $g->[$i] && $g->[$i][0] == $i;
				$bad{"$liid: correlation $correlation: other content at $i"}++ unless $g->[$i] && $g->[$i][1] eq $w->[$i];
			}
			$bad{"$liid: correlation $correlation: " . @$g . " and not " . @$w}++ if @$g != @$w;
			$n += @$w;
		}
		$bad{"$liid: CIN $_ of nothing that was sent"}++ for keys %left;
	}
	my @bad = sort keys %bad;
	print @bad > 3 ? join('; ', @bad[0 .. 2]) . ' and ' . (@bad - 3) . ' more' : @bad ? join('; ', @bad) : 'good ' . ($n // 0), "\n";
	exit 0;
}
die "x2x3.pl: what?\n";
