"""A Ray cluster of three nodes on this machine, one of which can be made to die.

`python -m tests.flows.runs.runners.ray_cluster` prints the address. A line on its standard input is
the process id of a worker, whose node then loses its power; the end of the input ends the cluster.
"""

from __future__ import annotations

import sys
from contextlib import suppress

import psutil
from ray.cluster_utils import Cluster


def main() -> None:
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    others = [cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)]
    print(cluster.address, flush=True)
    for line in sys.stdin:
        parent = psutil.Process(int(line)).ppid()
        died = "none"
        for node in others:
            raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
            if raylet.pid == parent:
                with_it = raylet.children(recursive=True)
                cluster.remove_node(node, allow_graceful=False)
                for process in with_it:
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                died = "node"
        print(died, flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
