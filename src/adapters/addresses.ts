import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Addresses at which this machine answers itself. */
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * This machine, the machines on its network link, and the metadata services that clouds have at fixed addresses. Every
 * process on a machine can get the machine's credentials from its metadata service. BlockList treats an IPv4-mapped IPv6 address
 * (`::ffff:127.0.0.1`) as the IPv4 address.
 */
const refused = new BlockList();
refused.addSubnet('0.0.0.0', 8, 'ipv4');
refused.addSubnet('127.0.0.0', 8, 'ipv4');
refused.addSubnet('169.254.0.0', 16, 'ipv4');
refused.addAddress('100.100.100.200', 'ipv4'); // Alibaba Cloud
refused.addAddress('168.63.129.16', 'ipv4'); // Azure
refused.addAddress('192.0.0.192', 'ipv4'); // Oracle Cloud
refused.addAddress('::', 'ipv6');
refused.addAddress('::1', 'ipv6');
refused.addSubnet('fe80::', 10, 'ipv6');
refused.addAddress('fd00:ec2::254', 'ipv6'); // AWS
refused.addAddress('fd20:ce::254', 'ipv6'); // Google Cloud
refused.addSubnet('64:ff9b::7f00:0', 104, 'ipv6'); // 127.0.0.0/8 and 169.254.0.0/16 behind NAT64
refused.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');

/**
 * Whether requests to an address may go to what {@link isInternal} refuses. `never`: they may not. `named`: they may where the
 * address itself says so, by a literal IP address or by `localhost`. A name of DNS never says so.
 */
export type Internal = 'never' | 'named';

/** Whether an IP address is this machine, a machine on its network link, or the metadata service of a cloud. */
export function isInternal(ip: string): boolean {
  return has(refused, ip);
}

/** The host of a URL, without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Whether an address names this machine by `localhost` or by a literal IP address. */
export function namesLoopback(url: URL): boolean {
  const host = hostOf(url);
  return host === 'localhost' || has(loopback, host);
}

/**
 * Whether the host of a URL is an IP address that stepgate may not connect to. For a host name the answer is false: its addresses are
 * checked when the connection is made, by {@link guardedLookup}.
 */
export function isRefusedLiteral(url: URL, internal: Internal): boolean {
  return internal === 'never' && isInternal(hostOf(url));
}

/**
 * Looks a name up for one connection, and checks the IP addresses that it has now. A check before that would not hold: the next
 * look-up of the same name may give other addresses. Fails with the error of `refusal` if one of the addresses is refused.
 * Where `localhost` is allowed, all its addresses have to be loopback.
 */
export function guardedLookup(internal: Internal, refusal: () => Error): LookupFunction {
  return (host, options, done) => {
    const mayConnect = (ip: string) =>
      internal === 'named' && host === 'localhost' ? has(loopback, ip) : !isInternal(ip);
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, '', 0);
      if (!found.every(({ address }) => mayConnect(address))) return done(refusal(), '', 0);
      const [first] = found;
      if (options.all === true || first === undefined) return done(null, found);
      return done(null, first.address, first.family);
    });
  };
}

function has(list: BlockList, address: string): boolean {
  // A resolver may add the network interface, as in fe80::1%eth0.
  const [ip = ''] = address.split('%');
  const version = isIP(ip);
  return version !== 0 && list.check(ip, version === 6 ? 'ipv6' : 'ipv4');
}
