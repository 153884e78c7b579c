# Raw HTML around text that stays Markdown. Doxygen closes and opens a <div> that it parses at every
# paragraph; what stands in \htmlonly[block] it leaves alone.
package Html;
use strict;
use warnings;
use utf8;
use Exporter 'import';

our @EXPORT = qw(html inside escape bar);

sub html {
    return "\n\n\\htmlonly[block]@_\\endhtmlonly\n\n";
}

# Text inside an element: inside('div class="lead"', ...).
sub inside {
    my ($tag, $content) = @_;
    my ($name) = $tag =~ /^(\w+)/;
    return html("<$tag>") . $content . html("</$name>");
}

sub escape {
    my ($string) = @_;
    $string =~ s/&/&amp;/g;
    $string =~ s/</&lt;/g;
    $string =~ s/>/&gt;/g;
    return $string;
}

# The title of a listing or of an output.
sub bar {
    my ($content) = @_;
    return html("<div class=\"bar\">$content</div>");
}

1;
