# leaks.pl NEEDLES FILE…: looks in files for whoever NEEDLES names, in every form that we know of, and says which file has which
# kind in which form; never the value. NEEDLES has a line a needle: "digits 001…" (IMSI, MSISDN, IMEI), "address 100.64.0.1" or of
# IPv6, "text somebody@somewhere", "octets 0a1b…" (of a packet). Exit status: 0 nothing, 1 found, 2 wrong use.
use strict;
use warnings;
use Socket qw(inet_pton AF_INET AF_INET6);

my ($list, @files) = @ARGV;
my (%form, $found);

sub needle { my ($octets, $name) = @_; $form{$octets} //= $name if length $octets }
# octets, and how a program would print them
sub binary {
	my ($octets, $name) = @_;
	my $hex = unpack('H*', $octets);
	needle($octets, "$name, binary");
	needle($hex, "$name, hex");
	needle(uc $hex, "$name, hex");
	needle(join(':', $hex =~ /../g), "$name, hex with colons");
	needle(join(' ', $hex =~ /../g), "$name, hex with blanks");
}
# two digits an octet, the first one low; what is missing at the end is f
sub bcd { my $d = shift; $d .= 'f' if length($d) % 2; return pack('h*', $d) }

open(my $in, '<', $list) or die "$list: $!";
while (<$in>) {
	my ($kind, $v) = /^(\S+) (.*)$/ or next;
	if ($kind eq 'digits') {
		needle($v, 'digits, text');
		binary($v, 'digits, text');
		binary(bcd($v), 'digits, BCD');
		binary(bcd(substr($v, 1)), 'digits, BCD behind a type');
		binary(pack('H*', length($v) % 2 ? "0$v" : $v), 'digits, BCD high first');
		# a SUCI has country, network and the rest apart
		binary(bcd(substr($v, 5)), 'digits, BCD of the MSIN') if length($v) == 15 && (() = substr($v, 5) =~ /[1-9]/g) > 4;
	} elsif ($kind eq 'address') {
		my $b = $v =~ /:/ ? inet_pton(AF_INET6, $v) : inet_pton(AF_INET, $v);
		die "$list: address" unless defined $b;
		needle($v, 'address, text');
		binary($b, 'address');
		binary(scalar reverse($b), 'address, reversed') if length($b) == 4;
		needle(unpack('N', $b), 'address, number') if length($b) == 4 && unpack('N', $b) > 1e9;
		binary(substr($b, 0, 8), 'prefix') if length($b) == 16;
	} elsif ($kind eq 'text') {
		needle($v, 'text');
		binary($v, 'text');
	} elsif ($kind eq 'octets') {
		binary(pack('H*', $v), 'octets of a packet');
	} else {
		die "$list: $kind";
	}
}
die "$list: no needles\n" unless %form;
# an address in dots is one only where no digit goes on
my $any = join('|', map { my $q = quotemeta; /^[0-9.]+$/ && /\./ ? "(?<![0-9.])$q(?![0-9])" : $q }
	sort { length $b <=> length $a } keys %form);
my $re = qr/($any)/s;
# A write-ahead log of SQLite is pages, and between two of them a head with the next one's number: the end of one and that number are nobody's.
sub pages {
	my ($f, $all) = @_;
	return $all unless $f =~ /-wal$/ && length $all > 32;
	my $size = unpack('N', substr($all, 8, 4));
	return $all unless $size >= 512;
	return map { substr($all, 32 + $_ * (24 + $size) + 24, $size) } 0 .. int((length($all) - 32) / (24 + $size)) - 1;
}
for my $f (@files) {
	next unless -f $f || $f eq '-' || -p $f;
	open(my $h, '<:raw', $f) or next;
	local $/;
	my $all = <$h>;
	my %seen;
	for my $part (defined $all ? pages($f, $all) : ()) {
		while ($part =~ /$re/g) { $seen{$form{$1}}++ }
	}
	for (sort keys %seen) { print "$f: $_, $seen{$_} times\n"; $found = 1 }
}
exit($found ? 1 : 0);
