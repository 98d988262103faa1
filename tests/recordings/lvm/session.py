#!/usr/bin/env python3
"""What the guest of a case wrote (standard input) -> a session. README.md has the form."""
import ast
import re
import sys

FLAGS = {'NOFLUSH': 'noflush', 'SKIP_LOCKFS': 'nolockfs'}
names = {}


def targets(part):
    part = re.sub(r', next=\d+|, status=-?\d+', '', part)
    return ['%s %s %s %s' % t for t in re.findall(r'sector_start=(\d+), length=(\d+), target_type="(\w[\w-]*)", string="([^"]*)"', part)]


def request(line):
    """A request that changes something; looks are left out."""
    verb = re.search(r'DM_(\w+),', line).group(1)
    req, _, rep = line.partition('] => [')
    name, dev = re.search(r'name="([^"]*)"', rep or req), re.search(r'dev=makedev\((\w+), (\w+)\)', rep or req)
    if name and dev:
        names[dev.groups()] = name.group(1)
    if verb in ('TABLE_STATUS', 'DEV_WAIT'):
        return None
    # a reply of a request that failed has no name
    name = name.group(1) if name else names[dev.groups()]
    flags = set(re.findall(r'DM_(\w+)_FLAG', req))
    if verb == 'TABLE_LOAD':
        return 'load %s: %s' % (name, '; '.join(targets(req)))
    if verb == 'DEV_SUSPEND':
        how = [FLAGS[f] for f in FLAGS if f in flags]
        return ('suspend ' if 'SUSPEND' in flags else 'resume ') + name + (' (%s)' % ', '.join(how) if how else '')
    if verb == 'DEV_CREATE':
        return 'create %s, %s' % (name, ':'.join(str(int(x, 0)) for x in dev.groups()))
    if verb == 'DEV_RENAME':
        new = re.search(r'string="([^"]*)"', req).group(1)
        if dev:
            names[dev.groups()] = new
        return 'rename %s %s' % (name, new)
    if verb == 'DEV_REMOVE':
        return 'remove ' + name
    return verb.lower() + ' ' + name


def unquoted(text):
    return ast.literal_eval('b"' + text + '"').decode()


main, held = None, {1: '', 2: ''}
for line in sys.stdin:
    line = line.rstrip('\n')
    if not line.startswith('raw| '):
        assert not any(held.values()), held
        main = None
        if line == '@KILLME':
            print('+ power-cut')
        elif line and not line.startswith(('===', '***', 'dmesg|')):
            print(line)
        continue
    pid, rest = re.match(r'raw\| (\d+) +(.*)$', line).groups()
    main = main or pid
    if pid != main:
        continue
    if rest.startswith('write('):
        fd, text = re.match(r'write\((\d), "((?:[^"\\]|\\.)*)"', rest).groups()
        fd = int(fd)
        *full, held[fd] = (held[fd] + unquoted(text)).split('\n')
        for text in full:
            print('%s| %s' % ('out' if fd == 1 else 'err', text))
    elif (text := request(rest)):
        print('dm| ' + text)
