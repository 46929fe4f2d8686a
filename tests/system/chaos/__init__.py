# SPDX-License-Identifier: Apache-2.0
"""The breaker: real access points under load while everything around them fails, a history of what they promised and did,
and a checker of that history.

  run.py       one round from seed to verdict
  stage.py     the access points, kept alive; nemesis.py breaks them, proxy.py their network, machine.py disks and clocks
  load.py      the message services; audit.py looks at everything at rest
  history.py   what happened, on disk; checker.py judges it, and needs nothing else"""
