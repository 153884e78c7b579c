# The program of a chapter, as its page sees it: what it prints, draws and finds.
package Program;
use strict;
use warnings;
use utf8;
use open qw(:utf8);
use File::Path 'make_path';
use Text::ParseWords 'shellwords';
use Course;

# A program that writes figures and results into a folder. Without a program every use is an error.
sub new {
    my ($class, $path, $folder) = @_;
    return bless {path => $path, folder => $folder, printed => {}}, $class;
}

# What it prints with these arguments; it runs once for each distinct command line. Without any it
# also writes its figures and results.
sub output {
    my ($self, $arguments) = @_;
    return $self->{printed}{$arguments} if defined $self->{printed}{$arguments};
    die "this page has no program to run\n" unless $self->{path};
    make_path($self->{folder});
    my @command = ($self->{path}, shellwords($arguments));
    push @command, '--svg', $self->{folder} if $arguments eq '';
    local $ENV{NO_COLOR} = 1;
    local $ENV{LC_ALL} = 'C.UTF-8'; # figures are drawn alike, whatever the learner's language
    local $ENV{COLUMNS} = 76;       # what fits beside the margins of a page
    open my $pipe, '-|:utf8', @command or die "$self->{path}: $!\n";
    my $printed = do { local $/; <$pipe> } // '';
    close $pipe or die "'@command' failed with status " . ($? >> 8) . "\n";
    $printed =~ s/\s+\z//;
    return $self->{printed}{$arguments} = $printed;
}

# Where the parts of an output begin: [number of the line, heading, number of the first line below].
# A heading stands in a rule, "── 2. Softmax ─────", or is underlined at full length.
sub heads {
    my (@lines) = @_;
    my @heads;
    for my $i (0 .. $#lines) {
        my ($this, $next) = ($lines[$i], $lines[$i + 1] // '');
        if ($this =~ /^──+ (.+?) ──+$/) {
            push @heads, [$i, $1, $i + 1];
        } elsif ($this =~ /^\S/ && $next =~ /^(-+|=+|─+|═+)$/ && length $this == length $next) {
            push @heads, [$i, $this, $i + 2];
        }
    }
    return @heads;
}

# One part of an output: its heading, and the lines from there to the next heading.
sub part {
    my ($self, $arguments, $wanted) = @_;
    my @lines = split /\n/, $self->output($arguments);
    my @heads = heads(@lines);
    for my $i (grep { index($heads[$_][1], $wanted) >= 0 } 0 .. $#heads) {
        my $last = $i < $#heads ? $heads[$i + 1][0] - 1 : $#lines;
        my $body = join "\n", @lines[$heads[$i][2] .. $last];
        $body =~ s/\A\n+|\s+\z//g;
        return ($heads[$i][1], $body);
    }
    die "no part of the output is headed '$wanted'; there are: "
        . join(', ', map { "'$_->[1]'" } @heads) . "\n";
}

# The value of a name in results.txt, through printf if a format is given. A tolerance behind the
# value is for the tests.
sub result {
    my ($self, $name, $format) = @_;
    if (!$self->{results}) {
        $self->output('');
        my $text = read_file("$self->{folder}/results.txt");
        $self->{results} = {$text =~ /^([\w.-]+)[ \t]*=[ \t]*(.*?)(?: ± \S+)?[ \t]*$/mg};
    }
    my $value = $self->{results}{$name};
    die "results.txt has no '$name'\n" unless defined $value;
    return defined $format ? sprintf("%$format", $value) : $value;
}

# A figure, ready to be part of a page: its ids carry its name, so that no two figures clash.
sub figure {
    my ($self, $name) = @_;
    $self->output('') if $self->{path};
    my $svg = read_file("$self->{folder}/$name.svg");
    my $prefix = $name =~ s/\W/-/gr;
    my $own = sub { index($_[0], $prefix) == 0 ? $_[0] : "$prefix-$_[0]" };
    my $all = sub { join ' ', map { $own->($_) } split ' ', $_[0] };
    $svg =~ s/\A.*?(?=<svg)//s;
    $svg =~ s/\bid="([^"]+)"/'id="' . $own->($1) . '"'/ge;
    $svg =~ s/\b(href="|url\()#([^")]+)/"$1#" . $own->($2)/ge;
    $svg =~ s/\b(aria-\w+by)="([^"]+)"/"$1=\"" . $all->($2) . '"'/ge;
    my $path = "$self->{folder}/$name.inline.svg";
    open my $file, '>', $path or die "$path: $!\n";
    print $file $svg;
    close $file or die "$path: $!\n";
    return $path;
}

1;
