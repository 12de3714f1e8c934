package autodiff

import "montage/core/internal/ir"

// reachable says which ways through a graph lead from outputs to wanted leaves.
type reachable struct {
	// from are the nodes from which a wanted leaf can be reached.
	from map[*ir.Node]bool
	// wanted are, by operator, the inputs that lie on such a way.
	wanted map[*ir.Application][]bool
	// leaves are the wanted leaves at which gradients of outputs arrive. Gorgonia takes
	// any other for an error.
	leaves []*ir.Node
}

// reach goes through the graph forward, for what leads to a leaf, and then backward, for
// what an output's gradient arrives at. Only what both find is worth a gradient.
func reach(g *ir.Graph, leaves []*ir.Node) reachable {
	r := reachable{from: map[*ir.Node]bool{}, wanted: map[*ir.Application][]bool{}}
	for _, n := range leaves {
		r.from[n] = true
	}
	for _, a := range g.Applications { // in the order of their making: inputs come first
		wanted := make([]bool, len(a.In))
		for i, n := range a.In {
			// What an operator holds constant ends the way, even if a wanted leaf lies
			// behind it.
			wanted[i] = r.from[n] && a.Differentiable(i, n.DType)
			if wanted[i] {
				r.from[a.Out] = true
			}
		}
		r.wanted[a] = wanted
	}
	arrived := r.arrived(g)
	for _, n := range leaves {
		if arrived[n] {
			r.leaves = append(r.leaves, n)
		}
	}
	return r
}

// arrived returns the nodes that gradients of the outputs arrive at.
func (r reachable) arrived(g *ir.Graph) map[*ir.Node]bool {
	arrived := map[*ir.Node]bool{}
	for _, o := range g.Outputs {
		arrived[o.Node] = r.from[o.Node]
	}
	// From the back: all that reads a node comes after it, so what arrives there is known.
	for k := len(g.Applications) - 1; k >= 0; k-- {
		a := g.Applications[k]
		for i, n := range a.In {
			if arrived[a.Out] && r.wanted[a][i] {
				arrived[n] = true
			}
		}
	}
	return arrived
}

// trained returns the nodes that depend on one of some leaves. A node counts whether or not
// a gradient flows through: StopGradient of what trains still changes from step to step.
func trained(g *ir.Graph, leaves []*ir.Node) map[*ir.Node]bool {
	trained := map[*ir.Node]bool{}
	for _, n := range leaves {
		trained[n] = true
	}
	for _, a := range g.Applications {
		for _, n := range a.In {
			if trained[n] {
				trained[a.Out] = true
			}
		}
	}
	return trained
}
