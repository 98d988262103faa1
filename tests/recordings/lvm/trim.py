#!/usr/bin/env python3
"""strace's lines of device-mapper requests -> one short line each."""
import re, sys
names = {}
last = None
for line in sys.stdin:
    line = line.rstrip('\n')
    if not line.startswith('raw| '):
        last = None
        print(line); continue
    m = re.match(r'raw\| ioctl\(\d+, DM_(\w+), \[?(.*?)\](?: => \[?(.*?)\]?)?\) = (.*)$', line) or None
    verb = re.search(r'DM_(\w+),', line).group(1)
    req, _, rep = line.partition('] => [')
    name = re.search(r'name="([^"]*)"', rep or req)
    name = name.group(1) if name else '?'
    flags = set(re.findall(r'DM_(\w+)_FLAG', req))
    rc = line.rsplit(') = ', 1)[1] if ') = ' in line else '?'
    def targets(part):
        return ['%s %s %s %s' % t for t in re.findall(r'sector_start=(\d+), length=(\d+), target_type="(\w[\w-]*)"(?:, status=\d+)?, string="([^"]*)"', re.sub(r', next=\d+|, status=-?\d+', '', part))]
    if verb == 'TABLE_STATUS':
        if 'STATUS_TABLE' in flags: continue
        t = targets(rep)
        if not any(' cache ' in x for x in t): continue
        text = 'status %s%s: %s' % (name, ' (noflush)' if 'NOFLUSH' in flags else '', '; '.join(t))
    elif verb == 'TABLE_LOAD': text = 'load %s%s: %s' % (name, ' (read-only)' if 'READONLY' in flags else '', '; '.join(targets(req)))
    elif verb == 'DEV_SUSPEND':
        w = [f for f, l in (('NOFLUSH', 'noflush'), ('SKIP_LOCKFS', 'nolockfs')) if f in flags]
        text = ('suspend' if 'SUSPEND' in flags else 'resume') + ' ' + name + (' (%s)' % ', '.join({'NOFLUSH': 'noflush', 'SKIP_LOCKFS': 'nolockfs'}[x] for x in w) if w else '')
    elif verb == 'DEV_CREATE': text = 'create %s, %s' % (name, ':'.join(str(int(x, 0)) for x in re.search(r'dev=makedev\((\w+), (\w+)\)', rep).groups()) if 'makedev' in rep else '?')
    elif verb == 'DEV_REMOVE': text = 'remove ' + name
    elif verb == 'TABLE_CLEAR': text = 'clear ' + name
    elif verb == 'DEV_RENAME': text = 'rename ' + name + ' ' + ' '.join(re.findall(r'string="([^"]*)"', req))
    elif verb == 'TARGET_MSG': text = 'message ' + name + ' ' + ' '.join(re.findall(r'message="([^"]*)"', req))
    else: text = verb.lower() + ' ' + name
    if not rc.startswith('0'): text += ' = ' + rc
    if text == last: continue
    last = text
    print('dm| ' + text)
