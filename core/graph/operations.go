package graph

// locate gives every operator the parameter that it belongs to.
func (b *Builder) locate() {
	last := -1
	for _, u := range b.uses {
		for i := len(u.in) - 1; i >= 0; i-- {
			if v := u.in[i].value; v.place == placeParam {
				last = v.index
			}
		}
		u.param = last
	}
}

// operations counts those of a forward by parameter.
func (b *Builder) operations() []int64 {
	b.locate()
	out := make([]int64, len(b.params))
	for _, u := range b.uses {
		if u.op.Operations == nil || u.param < 0 {
			continue
		}
		shapes := make([]Shape, len(u.in))
		for i, n := range u.in {
			shapes[i] = n.value.shape.one()
		}
		out[u.param] += u.op.Operations(shapes)
	}
	return out
}

// one returns the shape with 1 for every symbol.
func (s Shape) one() Shape {
	out := make(Shape, len(s))
	for i, d := range s {
		if out[i] = d; d.Sym != "" {
			out[i] = Fixed(1 + d.Size)
		}
	}
	return out
}

func (o convolution) operations(in []Shape) int64 {
	x, w := in[0].At(nil), in[1].At(nil)
	p, q := o.kernel(x, w).Out()
	return 2 * int64(x[0]*p*q*w[0]*w[1]*w[2]*w[3])
}

func (p product) operations(in []Shape) int64 {
	m, inner := turn(in[0], p.transA)
	_, n := turn(in[1], p.transB)
	return 2 * int64(m.Size*inner.Size*n.Size)
}
