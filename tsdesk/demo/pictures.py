"""Evidence of the demo, drawn: simple scenes, small, the same for the same seed. Nobody and nothing real is in them.

Some invoices are papers (PDF) and some messages are spoken (WAV), as people send them.
"""

import io
import math
import time
import wave
from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 640, 480
Ink = tuple[int, int, int]
Canvas = ImageDraw.ImageDraw

PAPER: Ink = (247, 244, 238)
SHADOW: Ink = (120, 114, 104)
DARK: Ink = (58, 54, 50)
WOOD: Ink = (186, 146, 100)
GRASS: Ink = (132, 160, 104)
BLOOD: Ink = (150, 52, 46)
CLOTH: Ink = (240, 236, 228)
FUR = ((164, 120, 78), (92, 76, 64), (206, 182, 148), (70, 70, 74))

RATE = 8_000
"""Samples a second of a voice message."""
PRINTED = time.gmtime(1_700_000_000)
"""When every paper says it was made, so that the same seed draws the same bytes."""
SPOKEN = {
    "en": ("Voice message", "Three seconds, a low voice; the words are in the report."),
    "pt": ("Mensagem de voz", "Três segundos, voz baixa; as palavras estão no relato."),
}


class Picture(NamedTuple):
    """A file as somebody would send it. description: what is in it, for whoever leaves it hidden."""

    name: str
    title: str
    description: str
    content: bytes


class _Scene(NamedTuple):
    title: str
    description: str
    draw: Callable[[Canvas, Random, str], None]


def picture(scene: str, *, seed: int, amount: str = "", language: str = "en") -> Picture:
    """The file of a scene, of some kilobytes. amount: what an invoice asks. language: of its description."""
    if scene == "chat" and seed % 4 == 0:
        title, description = SPOKEN["pt" if language == "pt" else "en"]
        return Picture(f"voice-message-{seed}.wav", title, description, _voice(Random(f"voice:{seed}")))  # noqa: S311
    made = SCENES[scene]
    title, description = IN_PORTUGUESE[scene] if language == "pt" else (made.title, made.description)
    random = Random(f"{scene}:{seed}")  # noqa: S311 - a drawing, not a secret
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    made.draw(ImageDraw.Draw(image), random, amount)
    file = io.BytesIO()
    if scene == "invoice" and seed % 3 == 0:
        image.save(file, "PDF", resolution=72, quality=72, creationDate=PRINTED, modDate=PRINTED)
        return Picture(f"{scene}-{seed}.pdf", title, description, file.getvalue())
    image.save(file, "JPEG", quality=72)
    return Picture(f"{scene}-{seed}.jpg", title, description, file.getvalue())


def _voice(draw: Random) -> bytes:
    """Three seconds of somebody who mumbles: syllables of one low voice, no words."""
    samples = bytearray()
    while len(samples) < 3 * RATE:
        pitch, length, loud = draw.uniform(95, 150), draw.randrange(700, 1_800), draw.uniform(18, 46)
        for step in range(length):
            swell = math.sin(math.pi * step / length) * loud
            turn = 2 * math.pi * pitch * step / RATE
            samples.append(128 + round(swell * (math.sin(turn) + 0.5 * math.sin(3 * turn)) / 1.5))
        samples += bytes([128]) * draw.randrange(200, 900)
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(bytes(samples[: 3 * RATE]))
    return file.getvalue()


def _floor(ink: Canvas, top: int, colour: Ink) -> None:
    ink.rectangle((0, top, WIDTH, HEIGHT), fill=colour)


def _shade(colour: Ink, by: int) -> Ink:
    red, green, blue = (max(0, min(255, part + by)) for part in colour)
    return red, green, blue


def _paw(ink: Canvas, draw: Random, _amount: str) -> None:
    _floor(ink, 0, (188, 198, 200))
    fur = draw.choice(FUR)
    x = draw.randint(240, 320)
    ink.polygon([(x - 70, 0), (x + 80, 0), (x + 60, 300), (x - 50, 300)], fill=fur)
    ink.ellipse((x - 90, 260, x + 100, 420), fill=fur)
    for toe in range(4):
        ink.ellipse((x - 88 + toe * 46, 360, x - 40 + toe * 46, 432), fill=_shade(fur, -18))
    for turn in range(7):
        y = 110 + turn * 24
        ink.polygon(
            [(x - 66, y), (x + 76, y - 14), (x + 75, y + 12), (x - 64, y + 26)], fill=_shade(CLOTH, -6 * (turn % 3))
        )
    ink.ellipse((x - 10, 190, x + 22, 214), fill=BLOOD)


def _hand(ink: Canvas, draw: Random, _amount: str) -> None:
    _floor(ink, 0, (214, 208, 198))
    skin = draw.choice([(224, 186, 158), (160, 112, 82), (110, 78, 60)])
    ink.rounded_rectangle((210, 170, 400, 400), 60, fill=skin)
    for finger in range(4):
        ink.rounded_rectangle((214 + finger * 47, 60 + abs(finger - 1) * 18, 252 + finger * 47, 250), 20, fill=skin)
    ink.polygon([(215, 260), (140, 190), (118, 220), (215, 350)], fill=skin)
    for stitch in range(4):
        x = 270 + stitch * 24
        ink.line((x, 280, x + 8, 306), fill=DARK, width=3)
    ink.line((262, 293, 360, 293), fill=BLOOD, width=4)


def _yard(ink: Canvas, draw: Random, _amount: str) -> None:
    ink.rectangle((0, 0, WIDTH, 210), fill=(186, 206, 220))
    _floor(ink, 210, GRASS)
    for board in range(13):
        ink.rectangle((board * 50, 110, board * 50 + 40, 250), fill=_shade(WOOD, draw.randint(-16, 10)))
    ink.rectangle((400, 110, 460, 250), fill=(150, 170, 120))
    ink.rectangle((396, 105, 402, 255), fill=DARK)
    for bowl in range(2):
        x = 130 + bowl * 120 + draw.randint(-12, 12)
        ink.ellipse((x, 350, x + 78, 384), fill=(170, 176, 182))
        ink.ellipse((x + 8, 352, x + 70, 372), fill=(120, 126, 132))


def _invoice(ink: Canvas, draw: Random, amount: str) -> None:
    _floor(ink, 0, (150, 138, 122))
    ink.polygon([(150, 30), (500, 44), (488, 462), (136, 448)], fill=(252, 251, 247))
    ink.rectangle((176, 62, 236, 92), fill=(92, 132, 138))
    for line in range(9):
        y = 130 + line * 26
        ink.line((176, y, 176 + draw.randint(110, 190), y + 4), fill=SHADOW, width=3)
        ink.line((416, y + 8, 462, y + 10), fill=SHADOW, width=3)
    ink.line((172, 372, 468, 382), fill=DARK, width=2)
    ink.text((330, 388), amount or "240.00", fill=DARK, font_size=22)


def _chat(ink: Canvas, draw: Random, _amount: str) -> None:
    _floor(ink, 0, (60, 62, 66))
    ink.rounded_rectangle((190, 8, 450, 472), 26, fill=(250, 250, 250))
    y = 40
    while y < 400:
        height, theirs = draw.choice((34, 52, 70)), draw.random() < 0.6
        left = 206 if theirs else 262
        ink.rounded_rectangle(
            (left, y, left + 170, y + height), 12, fill=(226, 228, 230) if theirs else (182, 214, 214)
        )
        for row in range((height - 12) // 16):
            ink.line(
                (left + 14, y + 16 + row * 16, left + draw.randint(80, 150), y + 16 + row * 16), fill=SHADOW, width=4
            )
        y += height + 14
    ink.rounded_rectangle((206, 424, 434, 454), 14, outline=SHADOW, width=2)


def _plan(ink: Canvas, draw: Random, _amount: str) -> None:
    ink.rectangle((70, 60, 570, 420), outline=DARK, width=6)
    across, down = draw.randint(240, 330), draw.randint(190, 270)
    ink.line((across, 60, across, down), fill=DARK, width=5)
    ink.line((70, down, 430, down), fill=DARK, width=5)
    ink.line((430, down, 430, 420), fill=DARK, width=5)
    for x, y in ((across - 60, down), (480, 420)):
        ink.rectangle((x, y - 4, x + 44, y + 4), fill=PAPER)
        ink.arc((x, y - 44, x + 88, y + 44), 180, 270, fill=SHADOW, width=2)
    x, y = draw.randint(120, across - 40), draw.randint(90, down - 50)
    ink.line((x, y, x + 22, y + 22), fill=BLOOD, width=6)
    ink.line((x + 22, y, x, y + 22), fill=BLOOD, width=6)
    ink.rectangle((470, 300, 550, 390), outline=SHADOW, width=3)


def _boards(ink: Canvas, draw: Random, _amount: str) -> None:
    for row in range(10):
        ink.rectangle((0, row * 48, WIDTH, row * 48 + 46), fill=_shade(WOOD, draw.randint(-14, 12)))
        joint = draw.randint(40, 600)
        ink.line((joint, row * 48, joint, row * 48 + 46), fill=_shade(WOOD, -50), width=2)
    for scratch in range(3):
        y = 120 + scratch * 58 + draw.randint(-14, 14)
        ink.line((60, y, 340, y + 40, 600, y + 26), fill=(236, 214, 180), width=4)
        ink.line((60, y + 4, 340, y + 44, 600, y + 30), fill=_shade(WOOD, -60), width=2)


def _ceiling(ink: Canvas, draw: Random, _amount: str) -> None:
    _floor(ink, 0, (238, 234, 226))
    ink.polygon([(0, 480), (120, 330), (520, 330), (640, 480)], fill=(214, 206, 194))
    for ring in range(5):
        grow = 120 - ring * 20
        x, y = 320 + draw.randint(-10, 10), 190 + draw.randint(-8, 8)
        ink.ellipse((x - grow * 2, y - grow, x + grow * 2, y + grow), fill=_shade((214, 192, 150), -ring * 12))
    ink.polygon([(270, 160), (380, 150), (400, 214), (300, 230)], fill=(96, 84, 72))
    for drop in range(4):
        x = 300 + drop * 26
        ink.line((x, 230, x, 262 + draw.randint(0, 90)), fill=(150, 170, 184), width=3)


def _window(ink: Canvas, draw: Random, _amount: str) -> None:
    _floor(ink, 0, (222, 214, 202))
    ink.rectangle((150, 50, 490, 400), fill=(250, 250, 248))
    ink.rectangle((170, 70, 470, 380), fill=(176, 204, 222))
    ink.rectangle((170, 290, 470, 380), fill=(150, 176, 150))
    ink.line((320, 70, 320, 380), fill=(250, 250, 248), width=12)
    ink.polygon([(320, 70), (250, 100), (250, 410), (320, 380)], fill=(206, 226, 236), outline=SHADOW)
    for _ in range(6):
        x, y = draw.randint(150, 480), draw.randint(396, 412)
        ink.line((x, y, x + draw.randint(-20, 20), y + draw.randint(10, 40)), fill=_shade(WOOD, -60), width=3)


def _poster(ink: Canvas, draw: Random, _amount: str) -> None:
    _floor(ink, 0, (140, 108, 82))
    ink.rectangle((160, 24, 480, 456), fill=(252, 250, 244))
    ink.rectangle((190, 48, 450, 84), fill=BLOOD)
    ink.rectangle((200, 104, 440, 310), fill=(200, 212, 200))
    fur = draw.choice(FUR)
    ink.ellipse((250, 190, 400, 330), fill=fur)
    ink.ellipse((270, 120, 380, 226), fill=fur)
    ink.polygon([(272, 140), (250, 196), (292, 176)], fill=_shade(fur, -30))
    ink.polygon([(378, 140), (400, 196), (358, 176)], fill=_shade(fur, -30))
    for eye in (300, 340):
        ink.ellipse((eye, 158, eye + 10, 168), fill=DARK)
    ink.ellipse((312, 186, 336, 202), fill=DARK)
    ink.rectangle((200, 310, 440, 314), fill=(252, 250, 244))
    for row in range(4):
        ink.line((206, 340 + row * 26, 206 + draw.randint(120, 220), 340 + row * 26), fill=SHADOW, width=5)


def _lead(ink: Canvas, draw: Random, _amount: str) -> None:
    _floor(ink, 0, (196, 190, 178))
    colour = draw.choice([(168, 52, 48), (44, 92, 130), (60, 110, 74)])
    ink.arc((120, 90, 420, 390), 200, 520, fill=colour, width=16)
    ink.line((410, 270, 520, 400), fill=colour, width=16)
    ink.line((520, 400, 534, 424), fill=_shade(colour, 60), width=6)
    ink.line((520, 400, 546, 410), fill=_shade(colour, 60), width=6)
    ink.ellipse((110, 210, 150, 266), outline=(120, 126, 132), width=9)


def _stairs(ink: Canvas, draw: Random, _amount: str) -> None:
    _floor(ink, 0, (206, 212, 214))
    broken = draw.randint(1, 3)
    for step in range(5):
        y, x = 400 - step * 70, 80 + step * 60
        tilt = 26 if step == broken else 0
        ink.polygon(
            [(x, y), (560, y - tilt), (560, y + 40 - tilt), (x, y + 40)], fill=_shade((150, 146, 140), step * 9)
        )
        ink.line((x, y, 560, y - tilt), fill=DARK, width=3)


def _lock(ink: Canvas, draw: Random, _amount: str) -> None:
    _floor(ink, 0, _shade((92, 74, 60), draw.randint(-10, 20)))
    ink.rounded_rectangle((250, 120, 390, 400), 18, fill=(132, 138, 144))
    ink.arc((272, 50, 368, 190), 180, 360, fill=(176, 180, 184), width=16)
    for key in range(9):
        x, y = 272 + key % 3 * 34, 200 + key // 3 * 42
        ink.rounded_rectangle((x, y, x + 26, y + 32), 5, fill=(222, 224, 226))


def _shelf(ink: Canvas, draw: Random, _amount: str) -> None:
    _floor(ink, 0, (232, 226, 216))
    for y in (200, 400):
        ink.rectangle((40, y, 600, y + 16), fill=WOOD)
        x = 60
        while x < 560:
            wide, high = draw.randint(18, 40), draw.randint(90, 150)
            ink.rectangle((x, y - high, x + wide, y), fill=draw.choice(FUR) if draw.random() < 0.5 else (110, 132, 140))
            x += wide + draw.randint(2, 10)
    x = draw.randint(240, 380)
    ink.rectangle((x, 330, x + 52, 400), fill=DARK)
    ink.ellipse((x + 12, 342, x + 40, 370), fill=(24, 24, 26), outline=(130, 136, 142), width=3)
    ink.ellipse((x + 23, 380, x + 29, 386), fill=(80, 140, 220))


SCENES: Mapping[str, _Scene] = {
    "paw": _Scene("Bandaged foreleg", "A foreleg in a fresh bandage, a small red stain. No face in view.", _paw),
    "hand": _Scene("Stitches on a hand", "The back of a hand with four stitches.", _hand),
    "yard": _Scene("Yard with two bowls", "A fenced yard, the gate ajar, two food bowls on the grass. Nobody in view.", _yard),
    "invoice": _Scene("Invoice", "One page with a letterhead, nine lines and a total.", _invoice),
    "chat": _Scene("Messages", "A picture of a telephone with a row of messages, both sides.", _chat),
    "plan": _Scene("Sketch of the rooms", "A floor plan drawn by hand; a cross marks the place.", _plan),
    "floor": _Scene("Scratched floor", "A wooden floor with three long scratches.", _boards),
    "ceiling": _Scene("Ceiling with water damage", "A brown stain around a hole in the ceiling, water dripping.", _ceiling),
    "window": _Scene("Open window", "A window standing open, the sill scratched.", _window),
    "poster": _Scene("Poster of the animal", "A poster with a drawing of the animal and lines to write on.", _poster),
    "lead": _Scene("Broken lead", "A lead torn off at its end, on stone.", _lead),
    "stairs": _Scene("Steps", "Five steps, one of them tilted.", _stairs),
    "lock": _Scene("Key box", "A key box with nine buttons on a wooden door.", _lock),
    "shelf": _Scene("Shelf with a camera", "Two shelves of books; among them a dark box with a lens and a blue light.", _shelf),
}  # fmt: skip

IN_PORTUGUESE: Mapping[str, tuple[str, str]] = {
    "paw": ("Pata enfaixada", "Uma pata com atadura nova e uma pequena mancha. O focinho não aparece."),
    "hand": ("Pontos na mão", "As costas de uma mão com quatro pontos."),
    "yard": (
        "Quintal com dois potes",
        "Um quintal cercado, o portão entreaberto, dois potes na grama. Ninguém à vista.",
    ),
    "invoice": ("Nota da clínica", "Uma página com cabeçalho, nove linhas e um total."),
    "chat": ("Mensagens", "Foto de um celular com uma série de mensagens dos dois lados."),
    "plan": ("Planta da casa", "Uma planta desenhada à mão; um xis marca o lugar."),
    "floor": ("Piso riscado", "Um piso de madeira com três riscos compridos."),
    "ceiling": ("Teto com infiltração", "Uma mancha marrom em volta de um buraco, a água pinga."),
    "window": ("Janela aberta", "Uma janela aberta, o peitoril arranhado."),
    "poster": ("Cartaz do animal", "Um cartaz com o desenho do animal e linhas para escrever."),
    "lead": ("Guia rompida", "Uma guia arrebentada na ponta, sobre a calçada."),
    "stairs": ("Degraus", "Cinco degraus, um deles torto."),
    "lock": ("Cofre de chaves", "Um cofre com nove botões numa porta de madeira."),
    "shelf": (
        "Estante com uma câmera",
        "Duas prateleiras de livros; no meio, uma caixinha preta com uma lente e luz azul.",
    ),
}
