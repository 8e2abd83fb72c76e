"""Words that the rules know: units, currencies, abbreviations, acronyms, names of kings."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


# Units by their symbol. The plural of the first word is said where " per " or "degree" is in it.
UNITS = {
    "KG": "kilogram", "KM": "kilometer", "LBS": "pound", "mbps": "megabit per second",
    "gbps": "gigabit per second", "gb": "gigabyte", "mb": "megabyte", "tb": "terabyte",
    "ghz": "gigahertz", "mhz": "megahertz", "khz": "kilohertz", "hz": "hertz", "kg": "kilogram",
    "kgs": "kilogram", "g": "gram", "mg": "milligram", "µg": "microgram", "mcg": "microgram",
    "lb": "pound", "lbs": "pound", "oz": "ounce", "st": "stone", "km": "kilometer", "m": "meter",
    "cm": "centimeter", "mm": "millimeter", "µm": "micrometer", "nm": "nanometer", "mi": "mile",
    "ft": "foot", "yd": "yard", "yds": "yard", "in.": "inch", "nmi": "nautical mile",
    "ly": "light year", "mph": "mile per hour", "kph": "kilometer per hour",
    "kmh": "kilometer per hour", "mpg": "mile per gallon", "fps": "frame per second",
    "rpm": "revolution per minute", "bpm": "beat per minute", "wpm": "word per minute",
    "psi": "pound per square inch", "ppm": "part per million", "ppb": "part per billion",
    "dpi": "dot per inch", "bps": "bit per second", "kbps": "kilobit per second",
    "Mbps": "megabit per second", "Gbps": "gigabit per second", "Mb/s": "megabit per second",
    "MB/s": "megabyte per second", "GB/s": "gigabyte per second", "TB/s": "terabyte per second",
    "B": "byte", "kB": "kilobyte", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte",
    "TB": "terabyte", "PB": "petabyte", "KiB": "kibibyte", "MiB": "mebibyte", "GiB": "gibibyte",
    "Mb": "megabit", "Gb": "gigabit", "kb": "kilobit", "Hz": "hertz", "kHz": "kilohertz",
    "MHz": "megahertz", "GHz": "gigahertz", "W": "watt", "kW": "kilowatt", "MW": "megawatt",
    "GW": "gigawatt", "mW": "milliwatt", "Wh": "watt hour", "kWh": "kilowatt hour",
    "MWh": "megawatt hour", "hp": "horsepower", "V": "volt", "kV": "kilovolt", "mV": "millivolt",
    "mA": "milliamp", "mAh": "milliamp hour", "Ah": "amp hour", "Ω": "ohm", "kΩ": "kiloohm",
    "J": "joule", "kJ": "kilojoule", "cal": "calorie", "kcal": "kilocalorie", "N": "newton",
    "kN": "kilonewton", "Pa": "pascal", "kPa": "kilopascal", "hPa": "hectopascal",
    "MPa": "megapascal", "dB": "decibel", "dBA": "decibel", "K": "kelvin", "mol": "mole",
    "L": "liter", "l": "liter", "ml": "milliliter", "mL": "milliliter", "cl": "centiliter",
    "dl": "deciliter", "dL": "deciliter", "µL": "microliter", "gal": "gallon", "qt": "quart",
    "pt": "pint", "tsp": "teaspoon", "tbsp": "tablespoon", "Tbsp": "tablespoon", "cc": "C C",
    "doz": "dozen", "fl oz": "fluid ounce", "fl. oz": "fluid ounce", "sq ft": "square foot",
    "sq. ft": "square foot", "sqft": "square foot", "sq m": "square meter", "sq mi": "square mile",
    "sq. mi": "square mile", "sq km": "square kilometer", "sq in": "square inch",
    "cu ft": "cubic foot", "ha": "hectare", "ac": "acre", "s": "second", "sec": "second",
    "secs": "second", "ms": "millisecond", "µs": "microsecond", "ns": "nanosecond", "min": "minute",
    "mins": "minute", "h": "hour", "hr": "hour", "hrs": "hour", "yr": "year", "yrs": "year",
    "wk": "week", "wks": "week", "mo": "month", "mos": "month", "px": "pixel", "pts": "point",
    "MP": "megapixel", "°": "degree", "°C": "degree Celsius", "°F": "degree Fahrenheit",
    "° C": "degree Celsius", "° F": "degree Fahrenheit", "°K": "kelvin", "%": "percent",
    "‰": "per mille", "pct": "percent", "mmHg": "millimeter of mercury",
}  # fmt: skip
# Of these there is some, not a kind: "2 tbsp sugar" is plural, "12 V battery" is not.
POURED = words(
    """
    g kg KG kgs mg lb lbs LBS oz ml mL l L cl dl dL gal qt pt tsp tbsp Tbsp cc fl.oz
    """
)
# What may follow a slash ("$5/hr"), and powers of these ("km²").
LENGTHS = ("km", "cm", "mm", "m", "ft", "mi", "yd", "in")
UNCHANGED_PLURALS = frozenset({
    "hertz", "kilohertz", "megahertz", "gigahertz", "horsepower", "percent", "per mille",
    "stone", "C C", "dozen", "kelvin",
})  # fmt: skip
IRREGULAR_PLURALS = {"foot": "feet", "inch": "inches"}

# Symbol or code: unit, its hundredth if there is one.
CURRENCIES = {
    "$": ("dollar", "cent"), "US$": ("U S dollar", "cent"), "C$": ("Canadian dollar", "cent"),
    "CA$": ("Canadian dollar", "cent"), "A$": ("Australian dollar", "cent"),
    "AU$": ("Australian dollar", "cent"), "NZ$": ("New Zealand dollar", "cent"),
    "HK$": ("Hong Kong dollar", "cent"), "S$": ("Singapore dollar", "cent"),
    "R$": ("Brazilian real", "centavo"), "€": ("euro", "cent"), "£": ("pound", "penny"),
    "¥": ("yen", "sen"), "₹": ("rupee", "paisa"), "₩": ("won", "jeon"), "₽": ("ruble", "kopeck"),
    "₺": ("lira", "kurus"), "₿": ("bitcoin", ""), "₪": ("shekel", "agora"),
    "₫": ("dong", "xu"), "฿": ("baht", "satang"), "₴": ("hryvnia", "kopiyka"),
    "₱": ("peso", "centavo"), "₦": ("naira", "kobo"), "Rs.": ("rupee", "paisa"),
    "Rs": ("rupee", "paisa"),
    "USD": ("U S dollar", "cent"), "EUR": ("euro", "cent"), "GBP": ("British pound", "penny"),
    "JPY": ("Japanese yen", "sen"), "CAD": ("Canadian dollar", "cent"),
    "AUD": ("Australian dollar", "cent"), "CHF": ("Swiss franc", "centime"),
    "CNY": ("Chinese yuan", "fen"), "RMB": ("yuan", "fen"), "INR": ("Indian rupee", "paisa"),
    "MXN": ("Mexican peso", "centavo"), "BRL": ("Brazilian real", "centavo"),
    "SEK": ("Swedish krona", "ore"), "NOK": ("Norwegian krone", "ore"),
    "DKK": ("Danish krone", "ore"), "KRW": ("Korean won", "jeon"),
    "NZD": ("New Zealand dollar", "cent"), "HKD": ("Hong Kong dollar", "cent"),
    "SGD": ("Singapore dollar", "cent"), "BTC": ("bitcoin", ""), "ZAR": ("rand", "cent"),
}  # fmt: skip
CURRENCY_PLURALS = {
    "yen": "yen", "Japanese yen": "Japanese yen", "won": "won", "Korean won": "Korean won",
    "baht": "baht", "dong": "dong", "yuan": "yuan", "Chinese yuan": "Chinese yuan",
    "penny": "pence", "Swedish krona": "Swedish kronor", "Norwegian krone": "Norwegian kroner",
    "Danish krone": "Danish kroner", "rand": "rand", "Brazilian real": "Brazilian reais",
    "hryvnia": "hryvnia", "naira": "naira", "ore": "ore", "sen": "sen", "fen": "fen",
}  # fmt: skip

# Said in full before a name ("Dr. Smith"); the period may be missing ("Mr Smith").
TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Messrs": "Messieurs", "Dr": "Doctor",
    "Drs": "Doctors", "Prof": "Professor", "Rev": "Reverend", "Hon": "Honorable",
    "Gov": "Governor", "Sen": "Senator", "Rep": "Representative", "Pres": "President",
    "Gen": "General", "Col": "Colonel", "Maj": "Major", "Capt": "Captain", "Cpt": "Captain",
    "Cmdr": "Commander", "Lt": "Lieutenant", "Sgt": "Sergeant", "Cpl": "Corporal",
    "Pvt": "Private", "Adm": "Admiral", "Brig": "Brigadier", "Fr": "Father", "Br": "Brother",
    "Sr": "Sister", "Supt": "Superintendent", "Insp": "Inspector", "Det": "Detective",
    "Amb": "Ambassador", "Mt": "Mount", "Ft": "Fort", "Pt": "Point", "Mme": "Madame",
    "Mlle": "Mademoiselle", "Atty": "Attorney", "Ste": "Sainte", "Sec": "Secretary",
}  # fmt: skip
# Read so with their period only, wherever they stand.
ABBREVIATIONS = {
    "jr": "Junior", "sr": "Senior", "etc": "et cetera", "vs": "versus", "approx": "approximately",
    "appt": "appointment", "apt": "apartment", "ave": "Avenue", "blvd": "Boulevard", "rd": "Road",
    "ln": "Lane", "hwy": "Highway", "pkwy": "Parkway", "sq": "Square", "ste": "Suite",
    "bldg": "Building", "fwy": "Freeway", "expy": "Expressway", "tpke": "Turnpike",
    "inc": "Incorporated", "ltd": "Limited", "corp": "Corporation", "co": "Company",
    "bros": "Brothers", "assn": "Association", "assoc": "Association", "dept": "Department",
    "univ": "University", "govt": "government", "intl": "international", "natl": "national",
    "misc": "miscellaneous", "est": "established", "ext": "extension", "tel": "telephone",
    "max": "maximum", "min": "minimum", "temp": "temperature", "esp": "especially",
    "esq": "Esquire", "rt": "Route", "qty": "quantity", "incl": "including", "excl": "excluding",
    "fig": "figure", "figs": "figures", "eq": "equation", "eqs": "equations", "vol": "volume",
    "vols": "volumes", "ch": "chapter", "chap": "chapter", "sec": "section", "pg": "page",
    "pp": "pages", "ed": "edition", "eds": "editors", "cf": "compare", "viz": "namely",
    "ca": "circa", "al": "al", "mgr": "manager", "asst": "assistant", "dist": "district",
    "lang": "language", "lit": "literally", "orig": "original", "ref": "reference",
    "refs": "references", "op": "opus", "qtr": "quarter", "subj": "subject", "def": "definition",
    "avg": "average", "st": "Street",
    "dr": "Drive", "ct": "Court", "mt": "Mount", "ft": "feet", "lb": "pounds", "lbs": "pounds",
    "oz": "ounces", "hr": "hour", "hrs": "hours", "mins": "minutes", "secs": "seconds",
    "yr": "year", "yrs": "years", "mo": "month", "wk": "week", "wks": "weeks", "tbsp": "tablespoon",
    "tsp": "teaspoon", "nos": "numbers", "supp": "supplement", "dec": "December",
}  # fmt: skip
# With inner periods or slashes, or said in full without any: matched as written.
PHRASES = {
    "e.g.": "for example", "eg.": "for example", "i.e.": "that is", "ie.": "that is",
    "a.k.a.": "also known as", "aka": "also known as", "w/o": "without", "w/out": "without",
    "w/": "with", "b/c": "because", "c/o": "care of", "N/A": "not applicable",
    "n/a": "not applicable",
    "Ph.D.": "P H D", "Ph.D": "P H D", "PhD": "P H D", "M.Sc.": "M S C", "B.Sc.": "B S C",
    "a.m.": "A M", "p.m.": "P M", "R.I.P.": "R I P", "et al.": "et al", "vs": "versus",
    "Q&A": "Q and A", "&c.": "et cetera", "approx": "approximately", "dept": "department",
    "WWI": "World War one", "WWII": "World War two", "NAACP": "N double A C P",
    "NCAA": "N C double A", "AAA": "triple A", "JSON": "jason", "JPEG": "J peg", "JPG": "J peg",
    "C++": "C plus plus", "C#": "C sharp", "F#": "F sharp", ".NET": "dot net", "I/O": "I O",
    "Wi-Fi": "Wi Fi", "WiFi": "Wi Fi", "SaaS": "sass", "PaaS": "pass", "IaaS": "I A A S",
    "pH": "P H", "IoT": "I O T", "OLED": "O led", "QLED": "Q led", "UTF-8": "U T F eight",
    "x-ray": "X ray", "NaN": "not a number", "rock 'n' roll": "rock and roll", "iOS": "i O S",
    "macOS": "mac O S", "LaTeX": "lay tech", "p.s.": "P S", "OK": "okay", "ok": "okay",
    "and/or": "and or", "TV": "T V", "etc": "et cetera", "tbsp": "tablespoon", "tsp": "teaspoon",
    "Hwy": "Highway", "Apt": "Apartment", "qtr": "quarter", "qty": "quantity",
    "govt": "government", "mgmt": "management", "avg": "average", "bldg": "building",
}  # fmt: skip

COMPASS = {"N": "North", "S": "South", "E": "East", "W": "West"}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
WEEKDAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Weds": "Wednesday",
    "Thu": "Thursday", "Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday",
    "Sun": "Sunday",
}  # fmt: skip
STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa",
    "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland",
    "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi",
    "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee",
    "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington",
    "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "DC": "D C",
}  # fmt: skip

# Read as a word though in capitals; others of two or three letters are spelled.
WORD_ACRONYMS = words(
    """
    NASA NATO UNESCO UNICEF OPEC AIDS LASER RADAR SONAR SCUBA NAFTA FEMA OSHA SWAT NAVY ARMY GIF
    PIN ZIP SIM RAM ROM LAN WAN MAC NASDAQ IKEA SARS MERS COVID HIPAA DARPA CAPTCHA YOLO FOMO
    POTUS SCOTUS FLOTUS NIMBY ASEAN FIFA UEFA NASCAR NORAD EBITDA AWOL CRISPR LIDAR TASER PETA
    MENSA GUI DOS BIOS MIDI WYSIWYG MOMA SOHO NOAA NIST ANOVA SAAB FIAT LEGO INTERPOL EUROPOL
    OPSEC REM SAN NAS WASP CAT ACE MOOC UNIX LINUX BASIC COBOL FORTRAN ASCII ERIC OSCAR FICA GMAT
    LSAT MCAT WHIP START SALT MADD SAG GATT MASH DEFCON CENTCOM SPAC ETSY PAC ESOP
    """
)
SPELLED_ACRONYMS = words(
    """
    UCLA ACLU USDA USAF AARP ASAP ISIS NAACP ISBN IEEE IUPAC EPA ESA UAE USAID FAQ FAQS URL VIP
    ATM CIA USA EU UN UK US IQ ID AI IT OS AC IP PI CEO CFO CTO COO DIY ETA EST IOU IRA IRS NBA
    ABC BBC CNN ESPN HBO AOL UPS USPS USB USSR NYU EKG ECG EEG ICU EMT ADHD IVF ALS OCD UFO UV IV
    API APIS BYOB IMHO AFAIK USCIS UCSB UCSD USPTO EEOC ROTC IBEW UTEP
    SUV RSVP ICBM WHO AKA IMO OECD AMC ADA UEL UAB ICAO IATA IBM AMD ARM AIG EMI ITV IPA
    IPO ROI KOI ERA MIA POW OBE APR RIA ORM IDE SDK CLI
    """
)
# Common words that people write in capitals to shout; never acronyms, whatever their length.
SHOUTED = words(
    """
    A I THE AND NOT YES NO YOU ARE BUT CAN OUT NOW WAY DO GO UP ON IN IS OF TO WE HE ME MY SO OR
    IF AS AT BY AN BE HOW WHY ALL ANY ONE TWO SIX TEN OLD NEW BIG BAD GET GOT HAD HAS HER HIM HIS
    ITS LET MAY OUR OWN PUT RUN SAY SEE SHE SIT TOO TRY USE WAS YET YOUR STOP HELP LOVE OH HEY WOW
    HI MR MRS MS DR END FOR FROM THAT THIS WITH DAY MAN BOY FREE SALE OPEN OFF TOP BUY CAR DOG WIN
    WAR LAW EAT FUN HOT RED SUN ASK BED BOX DID
    """
)

# What is spelled in capitals, but a word where all is in capitals (ST as espeak-ng's "saint").
HOMOGRAPHS = words("ARM ERA IT ST US WHO")

# A Roman numeral after one of these is a count ("Chapter IV") ...
NUMBERED = words(
    """
    chapter part act scene book volume vol section article appendix phase stage type class title
    level grade tier war bowl figure table episode season mark canto unit lesson step round
    schedule amendment category group vatican apollo gemini
    """
)
# ... and after one of these an ordinal ("Henry VIII").
REGAL_NAMES = words(
    """
    Henry Louis Charles George Edward Richard William James Elizabeth John Paul Pius Leo Benedict
    Gregory Urban Innocent Clement Napoleon Nicholas Peter Catherine Frederick Philip Philippe
    Ferdinand Francis Ivan Alexander Mary Robert David Ramses Ramesses Ptolemy Darius Xerxes Otto
    Conrad Leopold Albert Victoria Emmanuel Umberto Alfonso Alphonse Carlos Juan Felipe Harald
    Haakon Olav Gustav Gustaf Gustavus Christian Margrethe Wilhelm Maximilian Rudolf Rudolph
    Constantine Justinian Theodosius Basil Michael Selim Mehmed Murad Suleiman Boniface Celestine
    Sixtus Julius Adrian Eugene Martin Victor Stephen Edmund Harold Malcolm Kenneth Donald Duncan
    Margaret Isabella Joanna Sigismund Casimir Boris Simeon Abdullah Hussein Hassan Mohammed
    Muhammad Farouk Fuad Thutmose Amenhotep Seti Cleopatra Antiochus Cyrus Shapur Tiberius Valens
    Thomas Joseph Patrick Samuel Daniel Arthur Walter Howard Jackson Wolfgang Manuel Pedro Afonso
    Sancho Berengar Lothair Clovis Childeric Pepin Carloman Baldwin Amalric Bohemond Alexios Davis
    Howell Griffin Winthrop Rockefeller Ford Gates Kennedy Vanderbilt Camilla Rama Taufa Letsie
    Moshoeshoe Sobhuza Mswati Menelik Selassie Jahangir Akbar Nerva Alaric Theodoric Linus Sergius
    Honorius Callixtus Calixtus Anastasius Marcellus Zosimus Hadrian Alois Franz
    """
)
REGAL_TITLES = words(
    """
    King Queen Pope Emperor Empress Tsar Czar Prince Princess Kaiser Sultan Duke Shah Pharaoh Earl
    Lord Count Patriarch
    """
)

# After these a number of three digits is said in pairs ("Room 101", "Boeing 747").
PAIRED = words(
    """
    Room Suite Flight Boeing Airbus Highway Hwy Route Interstate Apartment Apt Unit Bus Channel
    """
)
BIBLE = (
    "Genesis|Exodus|Leviticus|Numbers|Deuteronomy|Joshua|Judges|Ruth|Samuel|Kings|Chronicles|Ezra|"
    "Nehemiah|Esther|Job|Psalms?|Proverbs|Ecclesiastes|Isaiah|Jeremiah|Ezekiel|Daniel|Hosea|Joel|"
    "Amos|Micah|Matthew|Mark|Luke|John|Acts|Romans|Corinthians|Galatians|Ephesians|Philippians|"
    "Colossians|Thessalonians|Timothy|Titus|Hebrews|James|Peter|Jude|Revelation|Surah?|Quran"
)
VERSIONED = (
    "version|Version|release|Release|Python|Java|PHP|Ubuntu|Debian|Firefox|Chrome|iOS|macOS|"
    "Android|Windows|Node|Ruby|Rust|Perl|Django|Qt|HTTP|TLS|USB|Bluetooth|OpenSSL|Linux|kernel|Go|Postgres|"
    "PostgreSQL|MySQL|Kubernetes|React|Angular|Swift|PyTorch|CUDA|GPT|Unicode|HTML"
)
DOMAINS = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|co|app|dev|tv|me|fm|ly|us|uk|ca|de|fr|eu|au|nz|jp|"
    "in|ie|it|es|nl|ch|at|be|se|no|dk|pl|ru|cn|br|mx|za|xyz|blog|shop|online|site|tech|cloud"
)
FILE_TYPES = (
    "pdf|txt|doc|docx|xls|xlsx|ppt|pptx|csv|tsv|json|xml|yaml|yml|html|htm|css|js|ts|py|rs|go|c|"
    "cpp|h|java|rb|sh|md|png|jpg|jpeg|gif|svg|webp|mp3|mp4|wav|flac|ogg|avi|mov|mkv|zip|tar|gz|exe|"
    "dll|so|iso|log|ini|cfg|toml|sql|db|bak|bat|apk|onnx"
)

# Said for a symbol that no rule has claimed; the empty string leaves one out, as a reader would.
SYMBOLS = {
    "&": "and", "%": "percent", "++": "plus plus", "+": "plus", "=": "equals", "@": "at",
    "#": "number", "$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₹": "rupees",
    "¢": "cents", "°": "degrees", "±": "plus or minus", "×": "times", "÷": "divided by",
    "≈": "is approximately", "≠": "is not equal to", "≤": "less than or equal to",
    "≥": "greater than or equal to", "<": "less than", ">": "greater than",
    "√": "the square root of", "∞": "infinity", "∑": "the sum of", "∫": "the integral of",
    "∂": "partial", "∈": "in", "∩": "intersection", "∪": "union", "⊂": "subset of", "∀": "for all",
    "∃": "there exists", "¬": "not", "→": "to", "←": "from", "⇒": "implies", "↔": "to and from",
    "·": "", "•": "", "§": "section", "¶": "paragraph", "‰": "per mille", "©": "copyright", "®": "",
    "™": "", "*": "", "_": "", "~": "", "^": "", "|": ",", "\\": "backslash", "/": "", "`": "",
    "−": "minus", "²": "squared", "³": "cubed", "µ": "micro",
}  # fmt: skip
