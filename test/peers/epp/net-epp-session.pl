#!/usr/bin/perl
# A registrar's session with Net::EPP, step by step. Says each step's outcome as a line "ok STEP" or
# "not ok STEP: CODE MESSAGE", and what it read as "STEP KEY=VALUE". With "keep" nothing is deleted.
use strict;
use warnings;
use Net::EPP::Simple;
use Net::EPP::Frame::Command::Poll::Req;
use Net::EPP::Frame::Command::Poll::Ack;

my ($port, $id, $password, $ca, $certificate, $key, $zone, $keep) = @ARGV;
my $name = "perl.$zone";
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
print 'check free=', $epp->check_domain($name), "\n";
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
	name => $name, period => 2, registrant => 'PERL-1',
	contacts => { tech => 'PERL-1', admin => 'PERL-1', billing => 'PERL-1' },
	ns => ['ns.example.net'], authInfo => '2fooBAR!xyz',
}));
print 'check taken=', $epp->check_domain($name), "\n";
step('glue host', $epp->create_host({
	name => "ns1.$name", addrs => [{ ip => '192.0.2.1', version => 'v4' }, { ip => '2001:db8::1', version => 'v6' }],
}));
step('update', $epp->update_domain({
	name => $name, add => { ns => ["ns1.$name"], status => { clientTransferProhibited => '' } },
	rem => {}, chg => {},
}));
my $info = $epp->domain_info($name);
step('info', $info);
printf "info roid=%s\n", $info->{roid};
printf "info ns=%s\n", join(',', sort @{$info->{ns}});
printf "info status=%s\n", join(',', sort @{$info->{status}});
printf "info registrant=%s\n", $info->{registrant};
my $host = $epp->host_info("ns1.$name");
printf "host addrs=%s\n", join(',', sort map { $_->{addr} } @{$host->{addrs}});
my $contact = $epp->contact_info('PERL-1');
printf "contact email=%s\n", $contact->{email};
step('renew', $epp->renew_domain({ name => $name, cur_exp_date => substr($info->{exDate}, 0, 10), period => 1 }));
if (($keep // '') eq 'keep') { step('logout', $epp->logout); exit; }
my $query = $epp->domain_transfer_query($name);
printf "transfer code=%d\n", $epp->code;
step('remove', $epp->update_domain({
	name => $name, add => {}, rem => { ns => ["ns1.$name"] }, chg => {},
}));
step('delete host', $epp->delete_host("ns1.$name"));
my $poll = $epp->request(Net::EPP::Frame::Command::Poll::Req->new);
printf "poll code=%d\n", $epp->_get_response_code($poll);
my ($queue) = $poll->getElementsByTagName('msgQ');
if ($queue) {
	my $ack = Net::EPP::Frame::Command::Poll::Ack->new;
	$ack->setMsgID($queue->getAttribute('id'));
	my $acked = $epp->request($ack);
	printf "ack code=%d\n", $epp->_get_response_code($acked);
}
step('delete', $epp->delete_domain($name));
step('logout', $epp->logout);
