#!/usr/bin/perl
# A registrar's session with Net::EPP, step by step. Says each step's outcome as a line "ok STEP" or
# "not ok STEP: CODE MESSAGE", and what it read as "STEP KEY=VALUE".
use strict;
use warnings;
use Net::EPP::Simple;
use Net::EPP::Frame::Command::Poll::Req;
use Net::EPP::Frame::Command::Poll::Ack;

my ($port, $id, $password, $ca, $certificate, $key) = @ARGV;
$| = 1;

my $epp = Net::EPP::Simple->new(
	host => '127.0.0.1', port => $port, user => $id, pass => $password, timeout => 10,
	verify => 1, ca_file => $ca, cert => $certificate, key => $key, load_config => 0,
) or die "no login: $Net::EPP::Simple::Error\n";

sub step {
	my ($name, $result) = @_;
	if ($result) { print "ok $name\n"; return; }
	printf "not ok %s: %s %s\n", $name, $epp->code // '', $epp->error // '';
}

step('ping', $epp->ping);
print 'check free=', $epp->check_domain('perl.thick'), "\n";
step('contact', $epp->create_contact({
	id => 'PERL-1',
	postalInfo => { int => {
		name => 'Larry Example', org => 'Example',
		addr => { street => ['1 Main Street'], city => 'Springfield', sp => 'VA', pc => '20151', cc => 'US' },
	} },
	voice => '+1.7035555555', fax => '', email => 'larry@example.com', authInfo => '2fooBAR!xyz',
}));
step('external host', $epp->create_host({ name => 'ns.example.net', addrs => [] }));
step('domain', $epp->create_domain({
	name => 'perl.thick', period => 2, registrant => 'PERL-1',
	contacts => { tech => 'PERL-1', admin => 'PERL-1', billing => 'PERL-1' },
	ns => ['ns.example.net'], authInfo => '2fooBAR!xyz',
}));
print 'check taken=', $epp->check_domain('perl.thick'), "\n";
step('glue host', $epp->create_host({
	name => 'ns1.perl.thick', addrs => [{ ip => '192.0.2.1', version => 'v4' }, { ip => '2001:db8::1', version => 'v6' }],
}));
step('update', $epp->update_domain({
	name => 'perl.thick', add => { ns => ['ns1.perl.thick'], status => { clientTransferProhibited => '' } },
	rem => {}, chg => {},
}));
my $info = $epp->domain_info('perl.thick');
step('info', $info);
printf "info roid=%s\n", $info->{roid};
printf "info ns=%s\n", join(',', sort @{$info->{ns}});
printf "info status=%s\n", join(',', sort @{$info->{status}});
printf "info registrant=%s\n", $info->{registrant};
my $host = $epp->host_info('ns1.perl.thick');
printf "host addrs=%s\n", join(',', sort map { $_->{addr} } @{$host->{addrs}});
my $contact = $epp->contact_info('PERL-1');
printf "contact email=%s\n", $contact->{email};
step('renew', $epp->renew_domain({ name => 'perl.thick', cur_exp_date => substr($info->{exDate}, 0, 10), period => 1 }));
my $query = $epp->domain_transfer_query('perl.thick');
printf "transfer code=%d\n", $epp->code;
step('remove', $epp->update_domain({
	name => 'perl.thick', add => {}, rem => { ns => ['ns1.perl.thick'] }, chg => {},
}));
step('delete host', $epp->delete_host('ns1.perl.thick'));
my $poll = $epp->request(Net::EPP::Frame::Command::Poll::Req->new);
printf "poll code=%d\n", $epp->_get_response_code($poll);
my ($queue) = $poll->getElementsByTagName('msgQ');
if ($queue) {
	my $ack = Net::EPP::Frame::Command::Poll::Ack->new;
	$ack->setMsgID($queue->getAttribute('id'));
	my $acked = $epp->request($ack);
	printf "ack code=%d\n", $epp->_get_response_code($acked);
}
step('delete', $epp->delete_domain('perl.thick'));
step('logout', $epp->logout);
