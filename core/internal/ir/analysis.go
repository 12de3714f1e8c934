package ir

// Live returns the operators that outputs and updates are made of. One pass from the back
// is enough, because operators come after what they read.
func (g *Graph) Live() map[*Application]bool {
	live := map[*Application]bool{}
	for _, o := range g.Outputs {
		live[o.Node.By] = true
	}
	for _, u := range g.Updates {
		live[u.Node.By] = true
	}
	for i := len(g.Applications) - 1; i >= 0; i-- {
		if !live[g.Applications[i]] {
			continue
		}
		for _, n := range g.Applications[i].In {
			if n.By != nil {
				live[n.By] = true
			}
		}
	}
	return live
}

// Owners returns, for every operator, the index of the parameter that it reads first,
// or that the operator before it belongs to; -1 before any.
func (g *Graph) Owners() map[*Application]int {
	owners, last := map[*Application]int{}, -1
	for _, a := range g.Applications {
		// From the back, so that the first parameter is the one that stays.
		for i := len(a.In) - 1; i >= 0; i-- {
			if n := a.In[i]; n.Kind == Param {
				last = n.Index
			}
		}
		owners[a] = last
	}
	return owners
}

// Operations counts the multiplications and additions of a forward by the parameter
// that its operators belong to. Every symbol stands for 1.
func (g *Graph) Operations() []int64 {
	owners, out := g.Owners(), make([]int64, len(g.Params))
	for _, a := range g.Applications {
		// What comes before every parameter, such as the normalisation of pixels, belongs
		// to none.
		if a.Operations == nil || owners[a] < 0 {
			continue
		}
		in := shapes(a.In)
		for i, s := range in {
			in[i] = s.One()
		}
		out[owners[a]] += a.Operations(in)
	}
	return out
}

// Fed returns, by parameter, the shape of what flows into the first operator that
// reads it; nil where none does.
func (g *Graph) Fed() []Shape {
	fed := make([]Shape, len(g.Params))
	for _, a := range g.Applications {
		for _, n := range a.In {
			if n.Kind == Param && fed[n.Index] == nil {
				// Operators take what flows as their first input and parameters after it.
				fed[n.Index] = a.In[0].Shape
			}
		}
	}
	return fed
}
