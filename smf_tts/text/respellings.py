"""Words that espeak-ng misreads, spelt so that it reads them right in both accents.

Most were found by comparing its reading of 45,000 frequent words with the CMU Pronouncing
Dictionary (Carnegie Mellon University, BSD licence). Spellings serve both accents, as phonemes
would not: each is read with its accent's own vowels.
"""

from __future__ import annotations

_TABLE = """
abilene abileen             aneroid anneroid            angelo anjalow
antoine antwahn             archangel arkangel          archangels arkangels
archdiocese archdyosiss     bigelow biggalow            boatswain bosun
brougham broom              byrd bird                   byrne burn
byrnes burns                caleb kayleb                calhoun calhoon
canaan kaynan               catechism cattekism         cato kayto
celia seelia                charlemagne sharlamain      chisholm chizum
chopin showpan              cicero sisseroh             claus claws
cochrane cockran            coney cohney                conley konly
cornstarch corn-starch      counselled counseled        counterfeit counterfit
coups koos                  damon daymon                decadence deckadence
descartes daycart           dietrich deetrick           diocese dyosiss
directorate directerit      disneyland disney-land      doctorate docterit
dressage dressahzh          ehrlich airlick             eleanor ellenor
electorate electrit         eli eelye                   ephraim eefrum
erich errick                excused excuzed             exhilarated exhillerated
exhilarating exhillerating  exquisite exquizit          eyre air
foucault fooko              friedrich freedrick         gabriel gaybriel
geiger gheiger              genoa jennowa               georg gayorg
gestapo guestapo            gilles zheel                gnu noo
gunwale gunnel              gunwales gunnels            handkerchief hankerchif
handkerchiefs hankerchifs   hast hasst                  hegel haygle
heinrich highnrick          henceforward hence-forward  heracles herrakleez
homogeneous homojeenius     houdini hoodini             hussein hoosane
icarus ikarus               ignatius ignacious          isabella izabbella
itunes eyetunes             jacobson jaycobson          jacqueline jackalin
jamieson jamison            janus jaynus                joachim yoakim
joaquin wahkeen             juarez wharez               keynes canes
kinda kynda                 kissinger kissinjer         kobe kobay
lachlan lacklan             lehman leeman               levi leevye
linus lynus                 liveth livveth              louisa looeeza
lucien loosien              lucille looseel             macaulay macawley
macfarlane mcfarlan         maclean maclane             mae may
magdalena magdaleena        magdalene magdaleen         mcclellan mclellan
midas mydus                 moreau moroh                murray murry
nehru nayroo                olivier oliviay             opiate opiet
opiates opiets              orchestral orkestral        pauline pawleen
pavel pavvel                peachy peechy               pele pellay
piazza peeazza              pilate pylut                plaguy playgy
plato playto                pliny plinny                porringer porrinjer
posthumous postumous        posthumously postumously    preferable prefferable
presumption prezumption     presumptuous prezumptuous   protagonist protaggonist
protagonists protaggonists  protectorate protecterit    pugh pew
rothschild roths-child      rousseau rooso              saginaw sagginaw
scavenging scavvenjing      schuyler skyler             silas sighlus
simeon simmeon              smyrna smerna               sophocles soffokleez
stephenson steevenson       stochastic stokastic        supervisory supervyzory
tartarus tarterus           tchaikovsky chykovsky       trousseau troosoh
tucson toosonn              versailles vairsigh         victuals vittles
vinci vinchee               whitaker whittiker          whittaker whittiker
yeats yates
"""

_ENTRIES = _TABLE.split()
#: Lower-case words and the spellings that espeak-ng reads as they are said.
RESPELLINGS = dict(zip(_ENTRIES[::2], _ENTRIES[1::2], strict=True))


def respell(word: str) -> str:
    """The spelling that espeak-ng is to read: of "Plato's", "playto's"; most words as they are."""
    name = word[:-2] if word[-2:].lower() == "'s" else word
    return RESPELLINGS.get(name.lower(), name) + word[len(name) :]
