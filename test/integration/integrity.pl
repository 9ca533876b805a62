#!/usr/bin/perl
# integrity.pl FOLDER PUBLIC-KEY [HASH]: what lemfd has stored of an interception held against its integrity checks, by nothing of ours: TLVs are split
# here, digests are Digest::SHA's, signatures are verified by openssl. Prints "NAME=N" of each count; 0 everywhere but in the first three is good.
#   records hashes signatures        what there is; each number once
#   bad absent uncovered twice       digests that differ; records that a Hash names and are not here; records in no Hash; in more than one
#   badsig unsigned gaps odd         signatures that differ; Hashes in no signature; numbers of checks that are missing; repeats that are other
use strict;
use warnings;
use Digest::SHA;
use File::Temp;

my ($dir, $key, $bits) = @ARGV;
$bits = ($bits // 'SHA-256') =~ s/SHA-//r;
my %n = map { $_ => 0 } qw(records hashes signatures bad absent uncovered twice badsig unsigned gaps odd);

sub tlv {    # octets, offset: tag, offset of contents, their length
	my ($b, $at) = @_;
	my ($tag, $len, $p) = (ord(substr($b, $at, 1)), ord(substr($b, $at + 1, 1)), $at + 2);
	if ($len & 0x80) {
		my $k = $len & 0x7f;
		$len = 0;
		$len = $len << 8 | ord(substr($b, $p + $_, 1)) for 0 .. $k - 1;
		$p += $k;
	}
	return ($tag, $p, $len);
}
sub members {    # [tag, contents, whole] of each TLV
	my ($b) = @_;
	my ($at, @m) = (0);
	while ($at < length $b) {
		my ($tag, $p, $len) = tlv($b, $at);
		push @m, [$tag, substr($b, $p, $len), substr($b, $at, $p + $len - $at)];
		$at = $p + $len;
	}
	return @m;
}
sub number { my $x = 0; $x = $x << 8 | ord for split //, $_[0]; return $x }
sub pdus {
	my ($file) = @_;
	open(my $f, '<:raw', $file) or return ();
	local $/;
	return members(<$f> // '');
}
sub header { # of a PDU: whom it is about, its number, its payload's TLV
	my ($pdu) = @_;
	my ($h, $p) = members($pdu);
	my ($whom, $num) = ('');
	for my $m (members($h->[1])) {
		$whom .= $m->[2] if $m->[0] == 0x81 || $m->[0] == 0xa3 || $m->[0] == 0x82;
		$num = number($m->[1]) if $m->[0] == 0x84;
	}
	return (unpack('H*', $whom), $num, (members($p->[1]))[0]);
}

my (%data, %covered, %check, %signed);
for my $kind (1, 2) {
	for my $pdu (pdus("$dir/hi" . ($kind + 1) . '.ber')) {
		my ($whom, $num, $payload) = header($pdu->[1]);
		next if $payload->[0] == 0xa2;
		my $of = "$whom $kind $num";
		$n{odd}++ if exists $data{$of} && $data{$of} ne $pdu->[2];
		$n{records}++ unless exists $data{$of};
		$data{$of} = $pdu->[2];
	}
}
my @checks;
for my $pdu (pdus("$dir/integrity.ber")) {
	my ($whom, $num, $payload) = header($pdu->[1]);
	my ($tri) = members($payload->[1]);
	my %m = map { $_->[0] => $_->[1] } members($tri->[1]);
	my ($type, $kind) = (number($m{0x81}), number($m{0x82}));
	my $of = "$whom $kind $type $num";
	if (exists $check{$of}) {
		$n{odd}++ if $check{$of}{whole} ne $pdu->[2];
		next;
	}
	$check{$of} = { whole => $pdu->[2], chain => "$whom $kind", type => $type, number => $num, value => $m{0x83},
		numbers => [map { number($_->[1]) } members($m{0xa0})] };
	push @checks, $check{$of};
}
my %next;
for my $c (@checks) {
	my $series = "$c->{chain} $c->{type}";
	$n{gaps}++ if exists $next{$series} ? $next{$series} != $c->{number} : $c->{number} > 1;
	$next{$series} = $c->{number} + 1;
	if ($c->{type} == 1) {
		$n{hashes}++;
		my ($sha, $whole) = (Digest::SHA->new($bits), 1);
		for my $x (@{ $c->{numbers} }) {
			my $of = "$c->{chain} $x";
			if (!exists $data{$of}) { $whole = 0; next }
			$sha->add($data{$of});
			$covered{$of}++;
		}
		$n{absent}++ unless $whole;
		$n{bad}++ if $whole && $sha->digest ne $c->{value};
		next;
	}
	$n{signatures}++;
	my ($text, $sig) = (File::Temp->new, File::Temp->new);
	for my $x (@{ $c->{numbers} }) {
		$signed{"$c->{chain} 1 $x"}++;
		print $text $check{"$c->{chain} 1 $x"}{whole} // '';
	}
	print $sig $c->{value};
	close $text;
	close $sig;
	my $ok = length($c->{value}) == 64
		? system("openssl pkeyutl -verify -pubin -inkey '$key' -rawin -in $text -sigfile $sig >/dev/null 2>&1")
		: system("openssl dgst -sha$bits -verify '$key' -signature $sig $text >/dev/null 2>&1");
	$n{badsig}++ if $ok;
}
for (keys %data) {
	$n{uncovered}++ unless $covered{$_};
	$n{twice}++ if ($covered{$_} // 0) > 1;
}
for (keys %check) { $n{unsigned}++ if $check{$_}{type} == 1 && !$signed{$_} }
print join(' ', map { "$_=$n{$_}" } qw(records hashes signatures bad absent uncovered twice badsig unsigned gaps odd)), "\n";
