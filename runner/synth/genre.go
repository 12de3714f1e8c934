package synth

import "fmt"

// genreNames are the genres by how common they are.
var genreNames = []string{
	"Drama", "Comedy", "Thriller", "Action", "Romance", "Adventure", "Crime", "Horror", "Documentary", "Family",
	"Fantasy", "Science Fiction", "Mystery", "Animation", "Biography", "History", "Music", "War", "Sport", "Western",
	"Musical", "Superhero", "Coming of Age", "Psychological Thriller", "Dark Comedy", "Romantic Comedy", "Slasher",
	"Heist", "Spy", "Disaster", "Martial Arts", "Political Drama", "Courtroom", "Road Movie", "Teen", "Satire",
	"Noir", "Neo-Noir", "Gangster", "Monster", "Zombie", "Vampire", "Ghost", "Found Footage", "Body Horror",
	"Survival", "Space Opera", "Cyberpunk", "Time Travel", "Dystopia", "Post-Apocalyptic", "Alien Invasion",
	"Sword and Sorcery", "Fairy Tale", "Epic", "Costume Drama", "Period Drama", "Melodrama", "Tragedy", "Slapstick",
	"Parody", "Mockumentary", "Concert", "Dance", "Nature", "Travel", "True Crime", "Prison", "Police", "Conspiracy",
	"Submarine", "Aviation", "Racing", "Boxing", "Football", "Christmas", "Wedding", "School", "Medical",
	"Religious", "Anthology", "Experimental", "Silent", "Short", "Stop Motion",
}

// genreName returns the label of a genre; beyond the list they are numbered.
func genreName(genre int) string {
	if genre < len(genreNames) {
		return genreNames[genre]
	}
	return fmt.Sprintf("Genre %03d", genre+1)
}

// motif is what a genre looks like.
type motif struct {
	shape   shape
	texture texture
	// hue and other are the colours of the two parts of the texture, in turns.
	hue, other float64
}

// motifOf returns a genre's motif. Ten shapes and nine textures meet in every
// combination before one comes twice. The hues of the nine genres with one shape
// are evenly apart, and so, by the golden ratio, are those of successive shapes.
func motifOf(genre int) motif {
	round, turn := genre/len(shapes), genre%len(shapes)
	hue := wrap(float64(round)*4/9 + float64(turn)*0.61803398875)
	return motif{
		shape:   shapes[turn],
		texture: textures[(round+genre)%len(textures)],
		hue:     hue,
		other:   wrap(hue + 0.3 + 0.1*float64(genre%4)),
	}
}
