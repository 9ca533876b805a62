# packets.pl needles CAPTURE: "octets HEX" of the end of each GTP-U frame (port 2152): what subscribers sent.
# packets.pl broken SEED IN OUT: the capture with octets of a third of its frames changed, and some of them cut short.
# Classic captures, little endian, microseconds.
use strict;
use warnings;

my ($what, @arg) = @ARGV;
my ($seed, $in, $out) = $what eq 'broken' ? @arg : (0, @arg);
open(my $h, '<:raw', $in) or die "$in: $!";
my $all = do { local $/; <$h> };
die "$in: not a capture\n" unless substr($all, 0, 4) eq "\xd4\xc3\xb2\xa1";
my $at = 24;
my $to;
srand($seed);
if ($what eq 'broken') {
	open($to, '>:raw', $out) or die "$out: $!";
	print $to substr($all, 0, 24);
}
my %seen;
while ($at + 16 <= length $all) {
	my ($s, $us, $n, $wire) = unpack('V4', substr($all, $at, 16));
	my $frame = substr($all, $at + 16, $n);

	$at += 16 + $n;
	if ($to) {
		if (rand() < 0.33 && $n > 50) {
			for (1 .. 1 + int(rand(6))) { substr($frame, 42 + int(rand($n - 42)), 1) = chr(int(rand(256))) }
			$frame = substr($frame, 0, 42 + int(rand($n - 42))) if rand() < 0.2;
		}
		print $to pack('V4', $s, $us, length $frame, $wire), $frame;
		next;
	}
	next unless index($frame, "\x08\x68") > 0;	# port 2152
	my $end = substr($frame, -16);
	my %distinct = map { $_ => 1 } split //, $end;
	print 'octets ', unpack('H*', $end), "\n" if length $end == 16 && keys %distinct > 8 && !$seen{$end}++;
}
