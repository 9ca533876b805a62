# notify.pl SOCKET FILE: the service manager's end of sd_notify: a line of FILE a datagram, "milliseconds text".
use strict;
use warnings;
use IO::Socket::UNIX;
use Time::HiRes qw(time);

my ($path, $file) = @ARGV;
my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path) or die "$path: $!";
open(my $out, '>', $file) or die "$file: $!";
$out->autoflush(1);
my $start = time;
printf $out "%d here\n", 0;
while (defined($s->recv(my $text, 4096))) {
	printf $out "%d %s\n", (time - $start) * 1000, $text;
}
